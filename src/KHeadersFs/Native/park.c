/*
 * Two images of this program wait, maybe for months, until there is something to do: the keeper of a mount and the walker of -o prime.
 * The .NET runtime would take 4 MB for that. This runs before the runtime starts, and waits with 0.1 MB of memory of its own.
 *
 * Here, while there is one thread, they also give up all capabilities but those that the first argument names, as a hexadecimal number. Whoever starts them cannot
 * do it for them on a thread of its own: when the server becomes another user, the C library ends it if a thread has not the right to (nptl(7)).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* ChildProcess.FirstHanded */
#define ORDERS 10

/* EndingSignals: a service manager sends them to all processes of a service, and the keeper must outlive the server. */
static const int kept_waiting[] = { 1, 2, 3, 10, 12, 14, 15, 24, 26, 27, 29, 30 };

/* capabilities.c */
int kheadersfs_lower_capabilities(uint64_t keep);

__attribute__((constructor)) static void park(int argc, char **argv)
{
    struct pollfd orders = { ORDERS, POLLIN, 0 };
    sigset_t signals;
    char byte;

    if (argc < 2 || (strcmp(argv[0], "kheadersfs-keep") && strcmp(argv[0], "kheadersfs-walk")))
        return;
    sigemptyset(&signals);
    if (!strcmp(argv[0], "kheadersfs-keep"))
        for (unsigned i = 0; i < sizeof(kept_waiting) / sizeof(*kept_waiting); i++)
            sigaddset(&signals, kept_waiting[i]);
    (void)sigprocmask(SIG_SETMASK, &signals, 0);
    (void)prctl(PR_SET_NAME, argv[0]);
    (void)kheadersfs_lower_capabilities(strtoull(argv[1], 0, 16));
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    while (poll(&orders, 1, -1) < 0 && errno == EINTR)
        ;
    /* Who gives the orders has ended without one. */
    if (recv(ORDERS, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)
        _exit(0);
}
