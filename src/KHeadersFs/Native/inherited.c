/*
 * What a process keeps of the one that has started it, through execve(2), and what of it must not matter here. It is the one place that
 * resets such things, and it runs before the .NET runtime does: that opens files (under the numbers of streams that are closed), starts
 * threads (which take over the signal mask), and ends without a word where a limit is too low for it. src/docs/lifetime.md, "What a
 * caller leaves behind", has the whole list, also of what is kept on purpose.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#define SYSTEM 2 /* ExitCode.System */

/* Threads that the runtime has before Main, and the one of PosixSignalRegistration. */
enum { THREADS = 3 };

/* What the runtime takes before Main, measured with prlimit(1), and some more: below it the end is a crash or a silent 255. */
static const struct limit {
    int resource;
    rlim_t least;
    const char *name, *how;
} limits[] = {
    { RLIMIT_AS, 512UL << 20, "address space", "ulimit -v" },
    { RLIMIT_DATA, 16UL << 20, "memory of its own", "ulimit -d" },
    { RLIMIT_STACK, 64UL << 10, "the stack", "ulimit -s" },
    { RLIMIT_NOFILE, 32, NULL, NULL }, /* SystemCheck.LeastDescriptors; not every command needs so many, so Main says it */
};

static void end(const char *line)
{
    if (write(STDERR_FILENO, line, strlen(line)) < 0)
        _exit(SYSTEM);
    _exit(SYSTEM);
}

/*
 * Takes the numbers of streams that are closed, lest a file of the runtime's gets one and the program's own lines are written into it.
 * Close-on-exec tells that the stream was closed (ChildProcess.IsOpen), and using it fails with EBADF as before: it is open for the
 * wrong direction.
 */
static void take_streams(void)
{
    for (int stream = 0; stream <= STDERR_FILENO; stream++)
        if (fcntl(stream, F_GETFD) < 0)
            (void)open("/dev/null", (stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
}

/*
 * nohup(1) ignores SIGHUP, and a shell SIGINT and SIGQUIT for what it runs in the background: these three are meant. Any other that is
 * ignored would make us deaf (SIGTERM), or take away the status of what we start (SIGCHLD). Ignored from now on is SIGXFSZ: a write
 * beyond RLIMIT_FSIZE fails with EFBIG instead.
 */
static void reset_signals(void)
{
    sigset_t all;

    for (int number = 1; number < NSIG; number++) {
        struct sigaction old;
        int meant = number == SIGHUP || number == SIGINT || number == SIGQUIT;
        if (!meant && !sigaction(number, NULL, &old) && old.sa_handler == SIG_IGN)
            (void)signal(number, SIG_DFL);
    }
    (void)signal(SIGXFSZ, SIG_IGN);

    /* Main unblocks the others, unless they wait for it on purpose (SignalMask). */
    (void)sigfillset(&all);
    (void)sigdelset(&all, SIGHUP);
    (void)sigdelset(&all, SIGINT);
    (void)sigdelset(&all, SIGQUIT);
    (void)sigdelset(&all, SIGUSR1);
    (void)sigdelset(&all, SIGUSR2);
    (void)sigdelset(&all, SIGTERM);
    (void)sigprocmask(SIG_UNBLOCK, &all, NULL);
}

/* A profiler's; alarm(2) is left, for whoever sets it before execve(2) wants to limit our time. */
static void stop_timers(void)
{
    static const struct itimerval none;

    (void)setitimer(ITIMER_VIRTUAL, &none, NULL);
    (void)setitimer(ITIMER_PROF, &none, NULL);
}

/* Another kernel's name (UNAME26), which modprobe(8) would look for, and addresses that are not random: not for what we start. */
static void reset_personality(void)
{
    if (personality(0xFFFFFFFF) > PER_LINUX)
        (void)personality(PER_LINUX);
}

static void *stay(void *gate)
{
    (void)pthread_mutex_lock(gate);
    (void)pthread_mutex_unlock(gate);
    return NULL;
}

/* RLIMIT_NPROC counts what all processes of the user have: only a try tells. The kernel does not count root's (kernel/fork.c). */
static int can_start_threads(void)
{
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[THREADS];
    int started = 0;

    (void)pthread_mutex_lock(&gate);
    while (started < THREADS && !pthread_create(&threads[started], NULL, stay, &gate))
        started++;
    (void)pthread_mutex_unlock(&gate);
    for (int i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    return started == THREADS;
}

/* A limit that is lower than what can be done with is raised as far as this process may. */
static void check_limits(void)
{
    char line[256];

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        const struct limit *limit = &limits[i];
        struct rlimit now;
        if (getrlimit(limit->resource, &now) || now.rlim_cur >= limit->least)
            continue;
        now.rlim_cur = now.rlim_max;
        (void)setrlimit(limit->resource, &now);
        if (limit->name && now.rlim_cur < limit->least) {
            (void)snprintf(line, sizeof line, "kheadersfs: the limit of %s: is %lu KiB, and the program needs %lu; raise it (%s)\n",
                limit->name, (unsigned long)now.rlim_cur >> 10, (unsigned long)limit->least >> 10, limit->how);
            end(line);
        }
    }
    if (geteuid() && !can_start_threads())
        end("kheadersfs: the limit of processes: leaves no room for another one; end some, or raise it (ulimit -u)\n");
}

/*
 * All that this program, or what it starts, ever asks for; a test compares the list with the sources (VariableNamesTests). What tools look at is in it for
 * doctor and cflags.
 */
static const char *const kept_variables[] = {
    "PATH", "XDG_RUNTIME_DIR", "TERM", "NO_COLOR", "KHEADERSFS_SOCKET",
    "NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES",
    "BCC_KERNEL_SOURCE", "BPFTRACE_KERNEL_SOURCE", "BPFTRACE_KERNEL_BUILD", "BCC_KERNEL_MODULES_SUFFIX", "TMPDIR", "SUDO_UID",
};

static int is_kept(const char *variable)
{
    for (size_t i = 0; i < sizeof kept_variables / sizeof *kept_variables; i++) {
        size_t length = strlen(kept_variables[i]);
        if (!strncmp(variable, kept_variables[i], length) && variable[length] == '=')
            return 1;
    }
    return 0;
}

/*
 * A server lives for months, and a decoder reads what anybody has made: neither is to have a caller's passwords, nor to be known by a caller's variables (a
 * runner of jobs kills by them). What is kept moves to memory of our own, all of it: then the memory that the kernel shows as /proc/PID/environ holds zeros only
 * (fs/proc/base.c: environ_read). Its bounds could be moved as well, but only with a right (prctl(2), PR_SET_MM).
 */
static void reset_variables(char **variables)
{
    size_t count = 0, kept = 0;
    char **own;

    while (variables[count])
        count++;
    own = calloc(count + 1, sizeof *own);
    if (!own)
        end("kheadersfs: memory: there is none left; free some, or raise the limit (ulimit -d)\n");
    for (size_t i = 0; i < count; i++) {
        if (is_kept(variables[i]) && !(own[kept++] = strdup(variables[i])))
            end("kheadersfs: memory: there is none left; free some, or raise the limit (ulimit -d)\n");
        explicit_bzero(variables[i], strlen(variables[i]));
    }
    environ = own;
}

__attribute__((constructor(101))) static void reset_inherited(int argc, char **argv, char **variables)
{
    (void)argc;
    (void)argv;
    take_streams();
    reset_signals();
    stop_timers();
    reset_personality();
    check_limits();
    reset_variables(variables);
}
