/*
 * inject PID NUMBER [ARGUMENT...]: has a thread of another process that waits in a call make one system call, and prints what it returned. An argument that
 * begins with '=' is text, which is put below the thread's stack.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define LENGTH 2 /* of the instruction syscall */
#define IS_CALL(word) (((word) & 0xffff) == 0x050f)
#define PLACE(regs) ((regs).rip)
#define STACK(regs) ((regs).rsp)
#define RESULT(regs) ((long)(regs).rax)
static void set(struct user_regs_struct *regs, const long *call)
{
	regs->rax = call[0];
	regs->orig_rax = -1;
	regs->rdi = call[1], regs->rsi = call[2], regs->rdx = call[3], regs->r10 = call[4], regs->r8 = call[5];
}
#else
#define LENGTH 4 /* of svc #0 */
#define IS_CALL(word) (((word) & 0xffffffff) == 0xd4000001)
#define PLACE(regs) ((regs).pc)
#define STACK(regs) ((regs).sp)
#define RESULT(regs) ((long)(regs).regs[0])
static void set(struct user_regs_struct *regs, const long *call)
{
	regs->regs[8] = call[0];
	for (int i = 0; i < 5; i++)
		regs->regs[i] = call[i + 1];
}
#endif

static void fail(const char *what) { perror(what); exit(1); }

/* Stopped right behind the instruction that makes a call, or not yet: then it runs on for a moment. */
static void stop(int process, struct user_regs_struct *regs)
{
	struct iovec all = { regs, sizeof(*regs) };
	int status;

	if (ptrace(PTRACE_SEIZE, process, 0, 0))
		fail("attach");
	for (int tries = 0; tries < 10000; tries++) {
		if (ptrace(PTRACE_INTERRUPT, process, 0, 0) || waitpid(process, &status, __WALL) < 0)
			fail("stop");
		if (ptrace(PTRACE_GETREGSET, process, NT_PRSTATUS, &all))
			fail("registers");
		errno = 0;
		long word = ptrace(PTRACE_PEEKTEXT, process, PLACE(*regs) - LENGTH, 0);
		if (errno == 0 && IS_CALL(word))
			return;
		if (ptrace(PTRACE_CONT, process, 0, 0))
			fail("continue");
		usleep(1000);
	}
	fputs("it never waits in a call\n", stderr);
	exit(1);
}

/* Below the red zone; returns where it is. */
static long put(int process, unsigned long place, const char *text)
{
	long word;

	for (size_t done = 0; done <= strlen(text); done += sizeof(word)) {
		word = 0;
		memcpy(&word, text + done, strnlen(text + done, sizeof(word)));
		if (ptrace(PTRACE_POKEDATA, process, place + done, word))
			fail("memory");
	}
	return (long)place;
}

int main(int count, char **arguments)
{
	struct user_regs_struct before, regs;
	struct iovec all = { &before, sizeof(before) }, changed = { &regs, sizeof(regs) };
	long call[6] = { 0 };
	int status, process;

	if (count < 3)
		return 2;
	process = atoi(arguments[1]);
	stop(process, &before);
	for (int i = 2; i < count && i < 8; i++)
		call[i - 2] = arguments[i][0] == '=' ? put(process, (STACK(before) & ~15UL) - 4096 - 512 * i, arguments[i] + 1) : strtol(arguments[i], NULL, 0);
	regs = before;
	set(&regs, call);
	PLACE(regs) -= LENGTH; /* the instruction that it waits behind */
	if (ptrace(PTRACE_SETREGSET, process, NT_PRSTATUS, &changed) || ptrace(PTRACE_SINGLESTEP, process, 0, 0) || waitpid(process, &status, __WALL) < 0)
		fail("step");
	if (ptrace(PTRACE_GETREGSET, process, NT_PRSTATUS, &changed))
		fail("result");
	printf("%ld\n", RESULT(regs));
	if (ptrace(PTRACE_SETREGSET, process, NT_PRSTATUS, &all) || ptrace(PTRACE_DETACH, process, 0, 0))
		fail("detach");
	return 0;
}
