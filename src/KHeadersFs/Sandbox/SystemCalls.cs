using System.Runtime.InteropServices;

namespace KHeadersFs.Sandbox;

/// <summary>
/// The system calls that a server needs, and a successor, which takes its place, to start; and those that decoding needs. Of this C library and this runtime, which are both
/// linked in. Numbers are those of arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of Linux; -1 where there is none.
/// </summary>
internal static class SystemCalls
{
    /// <summary>socket(2): for sockets of AF_UNIX alone.</summary>
    internal static uint Socket => IsArm ? 198U : 41U;

    /// <summary>vhangup(2), which nobody here calls: by its answer a filter is known.</summary>
    internal static uint Sign => IsArm ? 58U : 153U;

    /// <summary>AUDIT_ARCH_AARCH64 and AUDIT_ARCH_X86_64 of linux/audit.h.</summary>
    internal static uint Architecture => IsArm ? 0xC00000B7 : 0xC000003E;

    /// <summary>clone(2).</summary>
    internal static uint Clone => IsArm ? 220U : 56U;

    /// <summary>clone3(2).</summary>
    internal static uint Clone3 => 435;

    /// <summary>openat(2).</summary>
    internal static uint Open => IsArm ? 56U : 257U;

    /// <summary>execve(2).</summary>
    internal static uint Execute => IsArm ? 221U : 59U;

    /// <summary>tgkill(2).</summary>
    internal static uint SignalThread => IsArm ? 131U : 234U;

    /// <summary>prlimit64(2).</summary>
    internal static uint ResourceLimit => IsArm ? 261U : 302U;

    /// <summary>The numbers of all that a server may call, on this machine.</summary>
    internal static IEnumerable<uint> OfServer => NumbersOf(s_server);

    /// <summary>The numbers of all that who decodes may call with any arguments, on this machine.</summary>
    internal static IEnumerable<uint> OfDecoder => NumbersOf(s_decoder);

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is System.Runtime.InteropServices.Architecture.Arm64;

    private static IEnumerable<uint> NumbersOf((int X86, int Arm)[] calls) =>
        calls.Select(static c => IsArm ? c.Arm : c.X86).Where(static n => n >= 0).Select(static n => (uint)n);

    private static readonly (int X86, int Arm)[] s_decoder =
    [
        // What is open already: the archive, the socket, files in memory.
        (0, 63), (1, 64), (19, 65), (20, 66), (17, 67), (18, 68), (8, 62), (3, 57), // read write readv writev pread64 pwrite64 lseek close
        (72, 25), (319, 279), (77, 46), (285, 47), (221, 223), (5, 80), (262, 79), (332, 291), // fcntl memfd_create ftruncate fallocate fadvise64 fstat newfstatat statx
        (46, 211), (47, 212), (44, 206), (45, 207), (7, -1), (271, 73), // sendmsg recvmsg sendto recvfrom poll ppoll

        // Memory.
        (9, 222), (11, 215), (10, 226), (28, 233), (25, 216), (27, 232), (12, 214), (324, 283), // mmap munmap mprotect madvise mremap mincore brk membarrier
        (239, 236), (238, 237), // get_mempolicy set_mempolicy

        // Threads, time and signals.
        (202, 98), (24, 124), (204, 123), (273, 99), (274, 100), (334, 293), (186, 178), (218, 96), // futex sched_yield sched_getaffinity set_robust_list get_robust_list rseq gettid set_tid_address
        (60, 93), (231, 94), (35, 101), (228, 113), (229, 114), (230, 115), (219, 128), // exit exit_group nanosleep clock_gettime clock_getres clock_nanosleep restart_syscall
        (13, 134), (14, 135), (15, 139), (131, 132), // rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack
        (318, 278), (99, 179), (98, 165), (63, 160), (157, 167), (39, 172), // getrandom sysinfo getrusage uname prctl getpid
    ];

    private static readonly (int X86, int Arm)[] s_server =
    [
        // Requests and replies, the store, the log, sockets that are there.
        (0, 63), (1, 64), (19, 65), (20, 66), (17, 67), (18, 68), (295, 69), (8, 62), // read write readv writev pread64 pwrite64 preadv lseek
        (3, 57), (436, 436), (16, 29), // close close_range ioctl
        (7, -1), (271, 73), (213, -1), (291, 20), (233, 21), (232, -1), (281, 22), (290, 19), // poll ppoll epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2
        (72, 25), (32, 23), (33, -1), (292, 24), (22, -1), (293, 59), // fcntl dup dup2 dup3 pipe pipe2
        (319, 279), (77, 46), (285, 47), (221, 223), // memfd_create ftruncate fallocate fadvise64
        (53, 199), (42, 203), (44, 206), (45, 207), (46, 211), (47, 212), (54, 208), (55, 209), (48, 210), // socketpair connect sendto recvfrom sendmsg recvmsg setsockopt getsockopt shutdown

        // Memory.
        (9, 222), (11, 215), (10, 226), (28, 233), (25, 216), (27, 232), (12, 214), (324, 283), // mmap munmap mprotect madvise mremap mincore brk membarrier
        (239, 236), (238, 237), (462, 462), // get_mempolicy set_mempolicy mseal

        // Threads, time and signals.
        (202, 98), (24, 124), (204, 123), (203, 122), (273, 99), (274, 100), (334, 293), (186, 178), (218, 96), // futex sched_yield sched_getaffinity sched_setaffinity set_robust_list get_robust_list rseq gettid set_tid_address
        (60, 93), (231, 94), (35, 101), (228, 113), (229, 114), (230, 115), (219, 128), // exit exit_group nanosleep clock_gettime clock_getres clock_nanosleep restart_syscall
        (13, 134), (14, 135), (15, 139), (131, 132), // rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack
        (318, 278), (99, 179), (98, 165), (63, 160), (158, -1), (157, 167), // getrandom sysinfo getrusage uname arch_prctl prctl

        // Itself, and the end of what it has started.
        (39, 172), (110, 173), (102, 174), (104, 176), (107, 175), (108, 177), (112, 157), // getpid getppid getuid getgid geteuid getegid setsid
        (125, 90), (126, 91), (61, 260), (247, 95), (434, 434), // capget capset wait4 waitid pidfd_open

        // To look at /proc.
        (5, 80), (262, 79), (332, 291), (137, 43), (138, 44), (21, -1), (269, 48), (439, 439), // fstat newfstatat statx statfs fstatfs access faccessat faccessat2
        (89, -1), (267, 78), (217, 61), (79, 17), (80, 49), // readlink readlinkat getdents64 getcwd chdir
    ];
}
