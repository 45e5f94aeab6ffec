/*
 * Capabilities are those of a thread (capabilities(7)); new threads have what the one has that makes them. So the thread that is about to start
 * all that serve gives up what they are not to have.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In the calling thread. 0, or -1 with errno set. */
int kheadersfs_lower_capabilities(uint64_t keep)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2];

    /* EPERM for who has no right to, EINVAL behind the last one. */
    for (int capability = 0; capability < 64; capability++)
        if (!(keep >> capability & 1) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) && errno == EINVAL)
            break;
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capget, &header, data))
        return -1;
    for (int half = 0; half < 2; half++) {
        data[half].permitted &= (uint32_t)(keep >> (32 * half));
        data[half].effective &= data[half].permitted;
        data[half].inheritable = 0;
    }
    return (int)syscall(SYS_capset, &header, data);
}
