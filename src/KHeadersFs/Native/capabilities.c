/*
 * Capabilities are those of a thread (capabilities(7)), and the runtime has several before Main: so each is sent a signal, and its handler
 * gives up what is not to be kept. New threads have what the one has that makes them.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile uint64_t wanted;
static volatile int lowered;
static volatile int failure; /* errno of a thread that could not, or 0 */

static void lower_thread(int signal)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2];
    int error = errno;

    (void)signal;
    /* EPERM for who has none left to give up, EINVAL behind the last one. */
    for (int capability = 0; capability < 64; capability++)
        if (!(wanted >> capability & 1) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) && errno == EINVAL)
            break;
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capget, &header, data) == 0) {
        for (int half = 0; half < 2; half++) {
            data[half].permitted &= (uint32_t)(wanted >> (32 * half));
            data[half].effective &= data[half].permitted;
            data[half].inheritable = 0;
        }
        if (syscall(SYS_capset, &header, data))
            failure = errno;
    }
    errno = error;
    __atomic_add_fetch(&lowered, 1, __ATOMIC_SEQ_CST);
}

/* In all threads of this process. The number of those that could not be reached within a second or so, or -1 with errno set. */
int kheadersfs_lower_capabilities(uint64_t keep)
{
    struct sigaction action = { .sa_handler = lower_thread, .sa_flags = SA_RESTART }, before;
    struct timespec pause = { 0, 20000 };
    struct dirent *entry;
    int own = (int)syscall(SYS_gettid), sent = 0;
    DIR *threads = opendir("/proc/self/task");

    if (!threads || sigaction(SIGRTMAX, &action, &before))
        return -1;
    wanted = keep;
    lowered = failure = 0;
    while ((entry = readdir(threads))) {
        int thread = atoi(entry->d_name);

        if (thread > 0 && thread != own && syscall(SYS_tgkill, getpid(), thread, SIGRTMAX) == 0)
            sent++;
    }
    (void)closedir(threads);
    for (int waited = 0; waited < 20000 && __atomic_load_n(&lowered, __ATOMIC_SEQ_CST) < sent; waited++)
        (void)nanosleep(&pause, NULL);
    sent -= __atomic_load_n(&lowered, __ATOMIC_SEQ_CST);
    lower_thread(0);
    if (sent == 0)
        (void)sigaction(SIGRTMAX, &before, NULL);
    if (failure) {
        errno = failure;
        return -1;
    }
    return sent;
}
