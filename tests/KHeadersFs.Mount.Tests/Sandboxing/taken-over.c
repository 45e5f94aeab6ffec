/*
 * taken-over parents|children COMMAND...: runs a command of which each decoder returns a store with a lie in it, sealed and with right
 * checksums, as one might that an archive has taken over. Ends as the command does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) { perror(what); exit(125); }

/* CRC-64 as the .xz format defines it. */
static uint64_t crc64(const uint8_t *bytes, size_t length)
{
	uint64_t crc = ~0ULL;

	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xC96C5795D7870F42ULL : 0);
	}
	return ~crc;
}

/* Store/FORMAT.md: each directory but the root becomes its own parent, or has the root for its first child. */
static void lie(int file, int is_parent)
{
	struct stat status;
	uint8_t *store;
	uint32_t nodes, *parent;
	uint64_t tables, *position;
	uint16_t *mode;

	if (fstat(file, &status) || !(store = malloc(status.st_size)) || pread(file, store, status.st_size, 0) != status.st_size)
		fail("read");
	memcpy(&nodes, store + 12, 4);
	memcpy(&tables, store + 48, 8);
	position = (uint64_t *)(store + tables) + nodes;
	mode = (uint16_t *)((uint32_t *)(position + 2 * nodes) + nodes);
	parent = (uint32_t *)(mode + nodes + (nodes & 1)) + nodes + 1;
	for (uint32_t node = 1; node < nodes; node++)
		if ((mode[node] & 0xF000) == 0x4000) {
			if (is_parent)
				parent[node] = node;
			else
				position[node] = 0;
		}
	*(uint64_t *)(store + 64) = crc64(store + tables, status.st_size - tables);
	*(uint64_t *)(store + 88) = crc64(store, 88);
	if (pwrite(file, store, status.st_size, 0) != status.st_size)
		fail("write");
	free(store);
}

/*
 * What a decoder seals stays open to be written to, so that it does not see the lie itself; the lie is told, and the store sealed, before
 * whoever it is returned to looks at it. 1 if the call has been made.
 */
static int seen(const struct seccomp_notif *call, int is_parent)
{
	char path[64], text[128] = "";
	int file;

	snprintf(path, sizeof(path), "/proc/%u/comm", call->pid);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || read(file, text, sizeof(text) - 1) < 0)
		fail(path);
	close(file);
	if (strcmp(text, "kheadersfs-read\n") == 0)
		return call->data.args[1] == F_ADD_SEALS;
	snprintf(path, sizeof(path), "/proc/%u/fd/%d", call->pid, (int)call->data.args[0]);
	if (call->data.args[1] == F_ADD_SEALS || readlink(path, text, sizeof(text) - 1) < 0 || !strstr(text, "memfd:kheadersfs-store"))
		return 0;
	file = open(path, O_RDWR | O_CLOEXEC);
	if (file >= 0 && fcntl(file, F_GET_SEALS) == 0) {
		lie(file, is_parent);
		if (fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
			fail("seal");
	}
	close(file);
	return 0;
}

int main(int count, char **arguments)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_ADD_SEALS, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, F_GET_SEALS, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(*filter), filter };
	int listener, command, status, there[2], back[2];

	if (count < 3 || pipe2(there, O_CLOEXEC) || pipe2(back, O_CLOEXEC))
		return 125;
	command = fork();
	if (command == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
		if (listener < 0 || write(there[1], &listener, sizeof(listener)) < 0 || read(back[0], &status, sizeof(status)) < 0)
			fail("seccomp");
		execvp(arguments[2], arguments + 2);
		_exit(126);
	}
	close(there[1]);
	if (read(there[0], &listener, sizeof(listener)) != sizeof(listener))
		return 125;
	listener = syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, command, 0), listener, 0);
	if (listener < 0 || write(back[1], &listener, sizeof(listener)) < 0)
		fail("listener");
	while (waitpid(command, &status, WNOHANG) == 0) {
		struct pollfd ready = { .fd = listener, .events = POLLIN };
		struct seccomp_notif call = { 0 };

		if (poll(&ready, 1, 100) <= 0 || ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
			continue;
		int is_made = seen(&call, strcmp(arguments[1], "parents") == 0);
		struct seccomp_notif_resp answer = { .id = call.id, .flags = is_made ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE };
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
