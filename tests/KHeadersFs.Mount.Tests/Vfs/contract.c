/*
 * contract ROOT SCRATCH: makes each call on each kind of object below ROOT and prints a line for each, "CALL OBJECT: RESULT", where RESULT is
 * an error's name or what a success gave. SCRATCH is a directory that can be written to. Whoever runs it decides as which user.
 *
 * Objects: a file, a directory, a symbolic link to the file, an absent name, and a name below a file.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <linux/fs.h>
#include <unistd.h>

static const char *root, *scratch;
static const char *objects[] = { "file", "dir", "link", "absent", "file/below" };
#define OBJECTS (sizeof(objects) / sizeof(*objects))

static char path[4096], other[4096];

static const char *at(const char *object)
{
	snprintf(path, sizeof(path), "%s/%s", root, object);
	return path;
}

static const char *in_scratch(const char *name)
{
	snprintf(other, sizeof(other), "%s/%s", scratch, name);
	return other;
}

static void result(const char *call, const char *object, long value)
{
	if (value < 0)
		printf("%s %s: %s\n", call, object, strerrorname_np(errno));
	else
		printf("%s %s: %ld\n", call, object, value);
}

/* A success that gives a descriptor is 0: its number is nobody's business. */
static void opened(const char *call, const char *object, int fd)
{
	result(call, object, fd < 0 ? -1 : 0);
	if (fd >= 0)
		close(fd);
}

static void opens(void)
{
	static const struct { const char *name; int flags; } how[] = {
		{ "open-rdonly", O_RDONLY }, { "open-wronly", O_WRONLY }, { "open-rdwr", O_RDWR }, { "open-trunc", O_RDONLY | O_TRUNC },
		{ "open-wronly-trunc", O_WRONLY | O_TRUNC }, { "open-append", O_WRONLY | O_APPEND }, { "open-creat", O_RDONLY | O_CREAT },
		{ "open-creat-excl", O_RDONLY | O_CREAT | O_EXCL }, { "open-creat-wronly", O_WRONLY | O_CREAT }, { "open-directory", O_RDONLY | O_DIRECTORY },
		{ "open-nofollow", O_RDONLY | O_NOFOLLOW }, { "open-path", O_PATH }, { "open-path-nofollow", O_PATH | O_NOFOLLOW },
		{ "open-tmpfile", O_WRONLY | O_TMPFILE }, { "open-noatime", O_RDONLY | O_NOATIME }, { "open-nonblock", O_RDONLY | O_NONBLOCK },
		{ "open-sync", O_RDONLY | O_SYNC },
	};
	for (size_t i = 0; i < sizeof(how) / sizeof(*how); i++)
		for (size_t o = 0; o < OBJECTS; o++)
			opened(how[i].name, objects[o], open(at(objects[o]), how[i].flags, 0644));
}

static void names(void)
{
	struct timespec times[2] = { { 1, 0 }, { 2, 0 } };
	char target[4096];

	for (size_t o = 0; o < OBJECTS; o++) {
		const char *object = objects[o];

		result("mkdir", object, mkdir(at(object), 0755));
		result("rmdir", object, rmdir(at(object)));
		result("unlink", object, unlink(at(object)));
		result("mknod-file", object, mknod(at(object), S_IFREG | 0644, 0));
		result("mknod-fifo", object, mknod(at(object), S_IFIFO | 0644, 0));
		result("symlink", object, symlink("x", at(object)));
		result("link-from", object, link(at(object), in_scratch("linked")));
		snprintf(other, sizeof(other), "%s/new", root);
		result("link-within", object, link(at(object), other));
		result("rename-within", object, rename(at(object), other));
		result("rename-noreplace", object, renameat2(AT_FDCWD, at(object), AT_FDCWD, other, RENAME_NOREPLACE));
		result("rename-exchange", object, renameat2(AT_FDCWD, at(object), AT_FDCWD, other, RENAME_EXCHANGE));
		result("rename-out", object, rename(at(object), in_scratch("moved")));
		result("rename-to-itself", object, rename(at(object), at(object)));
		result("chmod", object, chmod(at(object), 0600));
		result("chown", object, chown(at(object), 1, 1));
		result("lchown", object, lchown(at(object), 1, 1));
		result("truncate", object, truncate(at(object), 0));
		result("truncate-negative", object, truncate(at(object), -1));
		result("utimensat", object, utimensat(AT_FDCWD, at(object), times, 0));
		result("utimensat-now", object, utimensat(AT_FDCWD, at(object), NULL, 0));
		result("utimensat-nofollow", object, utimensat(AT_FDCWD, at(object), times, AT_SYMLINK_NOFOLLOW));
		result("readlink", object, readlink(at(object), target, sizeof(target)));
		result("readlink-short", object, readlink(at(object), target, 1));
		result("setxattr", object, setxattr(at(object), "user.x", "1", 1, 0));
		result("setxattr-trusted", object, setxattr(at(object), "trusted.x", "1", 1, 0));
		result("removexattr", object, removexattr(at(object), "user.x"));
		result("listxattr", object, listxattr(at(object), NULL, 0));
		result("getxattr", object, getxattr(at(object), "user.x", NULL, 0));
		result("chdir", object, chdir(at(object)));
		if (chdir("/"))
			abort();
		for (int mode = 0; mode < 8; mode++) {
			char call[32];

			snprintf(call, sizeof(call), "access-%d", mode);
			result(call, object, access(at(object), mode));
		}
		result("faccessat-nofollow", object, faccessat(AT_FDCWD, at(object), W_OK, AT_SYMLINK_NOFOLLOW));
	}
}

static void attributes(void)
{
	for (size_t o = 0; o < OBJECTS; o++) {
		struct stat stat;
		struct statx extended;
		struct statfs system;
		const char *object = objects[o];
		int done;

		done = lstat(at(object), &stat);
		result("lstat-mode", object, done < 0 ? -1 : (long)stat.st_mode);
		result("lstat-links", object, done < 0 ? -1 : S_ISDIR(stat.st_mode) ? 0 : (long)stat.st_nlink);
		result("lstat-size", object, done < 0 ? -1 : S_ISDIR(stat.st_mode) ? 0 : (long)stat.st_size);
		result("lstat-mtime", object, done < 0 ? -1 : S_ISREG(stat.st_mode) ? (long)stat.st_mtime : 0);
		result("lstat-owner", object, done < 0 ? -1 : (long)stat.st_uid + stat.st_gid);
		done = statx(AT_FDCWD, at(object), 0, STATX_BASIC_STATS, &extended);
		result("statx-mode", object, done < 0 ? -1 : extended.stx_mode);
		result("statx-empty", object, statx(AT_FDCWD, "", 0, STATX_BASIC_STATS, &extended));
		result("statfs", object, statfs(at(object), &system) < 0 ? -1 : (long)(system.f_bfree + system.f_bavail + system.f_ffree));
	}
}

/* Calls on an open file or directory. */
static void descriptors(void)
{
	static const char *open_objects[] = { "file", "dir" };

	for (size_t o = 0; o < 2; o++) {
		const char *object = open_objects[o];
		int fd = open(at(object), O_RDONLY), number = 0;
		long flags = 0;
		char bytes[64];
		struct iovec parts[2] = { { bytes, 3 }, { bytes + 3, 5 } };
		struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

		if (fd < 0)
			abort();
		result("read-0", object, read(fd, bytes, 0));
		result("read", object, read(fd, bytes, 8));
		result("pread", object, pread(fd, bytes, 8, 4));
		result("pread-past-the-end", object, pread(fd, bytes, 8, 1 << 20));
		result("pread-negative", object, pread(fd, bytes, 8, -1));
		result("readv", object, preadv(fd, parts, 2, 0));
		result("preadv2-nowait-flags", object, preadv2(fd, parts, 2, 0, 0x40000000));
		result("write", object, write(fd, bytes, 1));
		result("pwrite", object, pwrite(fd, bytes, 1, 0));
		result("ftruncate", object, ftruncate(fd, 0));
		result("fallocate", object, fallocate(fd, 0, 0, 1));
		result("fallocate-punch", object, fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1));
		result("fchmod", object, fchmod(fd, 0600));
		result("fchown", object, fchown(fd, 1, 1));
		result("futimens", object, futimens(fd, NULL));
		result("fsetxattr", object, fsetxattr(fd, "user.x", "1", 1, 0));
		result("fsync", object, fsync(fd));
		result("fdatasync", object, fdatasync(fd));
		result("syncfs", object, syncfs(fd));
		result("sync_file_range", object, sync_file_range(fd, 0, 1, SYNC_FILE_RANGE_WRITE));
		result("flock-shared", object, flock(fd, LOCK_SH | LOCK_NB));
		result("flock-exclusive", object, flock(fd, LOCK_EX | LOCK_NB));
		result("flock-unlock", object, flock(fd, LOCK_UN));
		result("setlk-read", object, fcntl(fd, F_SETLK, &lock));
		lock.l_type = F_WRLCK;
		result("setlk-write", object, fcntl(fd, F_SETLK, &lock));
		result("getlk", object, fcntl(fd, F_GETLK, &lock));
		result("ofd-setlk", object, (lock.l_type = F_RDLCK, lock.l_pid = 0, fcntl(fd, F_OFD_SETLK, &lock)));
		result("fadvise", object, posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED));
		result("readahead", object, readahead(fd, 0, 100));
		result("ioctl-getflags", object, ioctl(fd, FS_IOC_GETFLAGS, &flags));
		result("ioctl-setflags", object, ioctl(fd, FS_IOC_SETFLAGS, &flags));
		result("ioctl-fionread", object, ioctl(fd, FIONREAD, &number) < 0 ? -1 : 0);
		result("ioctl-figetbsz", object, ioctl(fd, FIGETBSZ, &number) < 0 ? -1 : 0);
		result("ioctl-unknown", object, ioctl(fd, _IO('Z', 90), 0));
		if (o == 0) {
			result("lseek-set", object, lseek(fd, 5, SEEK_SET));
			result("lseek-end", object, lseek(fd, 0, SEEK_END));
			result("lseek-data", object, lseek(fd, 0, SEEK_DATA));
			result("lseek-hole", object, lseek(fd, 0, SEEK_HOLE));
			result("lseek-data-past-the-end", object, lseek(fd, 1 << 20, SEEK_DATA));
			result("lseek-negative", object, lseek(fd, -1, SEEK_SET));
		}
		close(fd);
	}
}

static void mappings(void)
{
	static const struct { const char *name; int protection, flags; } how[] = {
		{ "mmap-read-shared", PROT_READ, MAP_SHARED }, { "mmap-read-private", PROT_READ, MAP_PRIVATE },
		{ "mmap-write-shared", PROT_READ | PROT_WRITE, MAP_SHARED }, { "mmap-write-private", PROT_READ | PROT_WRITE, MAP_PRIVATE },
		{ "mmap-exec-private", PROT_READ | PROT_EXEC, MAP_PRIVATE }, { "mmap-validate-sync", PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC },
	};
	int fd = open(at("file"), O_RDONLY), directory = open(at("dir"), O_RDONLY);

	for (size_t i = 0; i < sizeof(how) / sizeof(*how); i++) {
		char *memory = mmap(NULL, 4096, how[i].protection, how[i].flags, fd, 0);

		result(how[i].name, "file", memory == MAP_FAILED ? -1 : memory[0]);
		if (memory != MAP_FAILED) {
			result("msync", how[i].name, msync(memory, 4096, MS_SYNC));
			result("mprotect-write", how[i].name, mprotect(memory, 4096, PROT_READ | PROT_WRITE));
			munmap(memory, 4096);
		}
		memory = mmap(NULL, 4096, how[i].protection, how[i].flags, directory, 0);
		result(how[i].name, "dir", memory == MAP_FAILED ? -1 : 0);
	}
	close(fd);
	close(directory);
}

static void copies(void)
{
	int fd = open(at("file"), O_RDONLY), target = open(in_scratch("copy"), O_RDWR | O_CREAT | O_TRUNC, 0600), ends[2];
	off_t offset = 0;
	loff_t from = 1;
	char *aligned;

	if (pipe(ends) || posix_memalign((void **)&aligned, 4096, 4096))
		abort();
	result("sendfile", "file", sendfile(target, fd, &offset, 100));
	result("sendfile-into", "file", sendfile(fd, target, NULL, 10));
	result("splice", "file", splice(fd, &from, ends[1], NULL, 10, 0));
	result("splice-into", "file", splice(ends[0], NULL, fd, &from, 10, 0));
	from = 0;
	result("copy_file_range-out", "file", copy_file_range(fd, &from, target, NULL, 100, 0));
	result("copy_file_range-into", "file", copy_file_range(target, NULL, fd, NULL, 100, 0));
	result("ioctl-ficlone-into", "file", ioctl(fd, FICLONE, target));
	close(fd);
	fd = open(at("file"), O_RDONLY | O_DIRECT);
	result("direct-open", "file", fd < 0 ? -1 : 0);
	if (fd >= 0) {
		result("direct-read", "file", read(fd, aligned, 4096));
		close(fd);
	}
	close(target);
	unlink(in_scratch("copy"));
}

static void listings(void)
{
	char buffer[32768];
	int fd = open(at("dir"), O_RDONLY | O_DIRECTORY), entries = 0, found = 0;
	long length;
	struct dirent64 *all[64];
	static char kept[32768];

	result("getdents-1", "dir", syscall(SYS_getdents64, fd, buffer, 1));
	result("getdents-file", "file", ({ int file = open(at("file"), O_RDONLY); long got = syscall(SYS_getdents64, file, buffer, 100); int error = errno; close(file); errno = error; got; }));
	/* 32 bytes at a time: one name, or EINVAL for one that is longer. */
	while ((length = syscall(SYS_getdents64, fd, buffer, 32)) > 0)
		entries++;
	result("getdents-32", "dir", length < 0 ? -1 : entries);
	lseek(fd, 0, SEEK_SET);
	length = syscall(SYS_getdents64, fd, kept, sizeof(kept));
	for (long place = 0; place < length; place += all[entries - 1]->d_reclen) {
		if (place == 0)
			entries = 0;
		all[entries++] = (struct dirent64 *)(kept + place);
	}
	result("getdents-entries", "dir", entries);
	/* From the offset of each entry the next one is read. */
	for (int i = 0; i + 1 < entries; i++) {
		lseek(fd, all[i]->d_off, SEEK_SET);
		if (syscall(SYS_getdents64, fd, buffer, sizeof(buffer)) > 0)
			found += strcmp(((struct dirent64 *)buffer)->d_name, all[i + 1]->d_name) == 0;
	}
	result("getdents-from-each-offset", "dir", entries - 1 - found);
	lseek(fd, all[entries - 1]->d_off, SEEK_SET);
	result("getdents-from-the-end", "dir", syscall(SYS_getdents64, fd, buffer, sizeof(buffer)));
	close(fd);
}

static void handles(void)
{
	static const char *with_handle[] = { "file", "dir" };
	struct { struct file_handle handle; char more[MAX_HANDLE_SZ]; } space;
	int mount, fd, up = open(root, O_RDONLY | O_DIRECTORY);

	for (size_t o = 0; o < 2; o++) {
		struct stat before, after;

		space.handle.handle_bytes = 0;
		result("name_to_handle_at-small", with_handle[o], name_to_handle_at(AT_FDCWD, at(with_handle[o]), &space.handle, &mount, 0));
		space.handle.handle_bytes = MAX_HANDLE_SZ;
		result("name_to_handle_at", with_handle[o], name_to_handle_at(AT_FDCWD, at(with_handle[o]), &space.handle, &mount, 0));
		fd = open_by_handle_at(up, &space.handle, O_RDONLY);
		result("open_by_handle_at", with_handle[o], fd < 0 ? -1
			: fstat(fd, &after) || stat(at(with_handle[o]), &before) || before.st_ino != after.st_ino);
		if (fd >= 0)
			close(fd);
	}
	close(up);
}

static void watches(void)
{
	int watch = inotify_init1(IN_CLOEXEC);

	for (size_t o = 0; o < OBJECTS; o++)
		result("inotify", objects[o], inotify_add_watch(watch, at(objects[o]), IN_ALL_EVENTS) < 0 ? -1 : 0);
	close(watch);
}

/* Writes the handle of a file into another. */
static int save(const char *path, const char *to)
{
	struct { struct file_handle handle; char more[MAX_HANDLE_SZ]; } space = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount, fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	return name_to_handle_at(AT_FDCWD, path, &space.handle, &mount, 0) || write(fd, &space, sizeof(space)) != sizeof(space);
}

/* Prints the path of what a handle leads to, or the error. */
static int lead(const char *from)
{
	struct { struct file_handle handle; char more[MAX_HANDLE_SZ]; } space;
	char link[64], path[4096];
	ssize_t length;
	int up = open(root, O_RDONLY | O_DIRECTORY), fd = open(from, O_RDONLY);

	if (read(fd, &space, sizeof(space)) != sizeof(space))
		return 1;
	fd = open_by_handle_at(up, &space.handle, O_RDONLY);
	if (fd < 0) {
		puts(strerror(errno));
		return 0;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	path[length < 0 ? 0 : length] = 0;
	puts(path);
	for (length = read(fd, path, sizeof(path)); length > 0; length = read(fd, path, sizeof(path)))
		fwrite(path, 1, length, stdout);
	return 0;
}

int main(int count, char **arguments)
{
	if (count == 4) {
		root = arguments[2];
		return strcmp(arguments[1], "save") ? lead(arguments[3]) : save(arguments[2], arguments[3]);
	}
	if (count != 3)
		return 2;
	root = arguments[1];
	scratch = arguments[2];
	opens();
	names();
	attributes();
	descriptors();
	mappings();
	copies();
	listings();
	handles();
	watches();
	return 0;
}
