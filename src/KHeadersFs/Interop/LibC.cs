using System.Runtime.InteropServices;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Interop;

/// <summary>Every call of the program itself into the C library, without logic.</summary>
internal static unsafe partial class LibC
{
    internal const int F_DUPFD = 0;
    internal const int F_GETFD = 1;
    internal const int F_SETFD = 2;
    internal const int FD_CLOEXEC = 1;
    internal const int LOCK_EX = 2;
    internal const int O_WRONLY = 1;
    internal const int O_RDWR = 2;
    internal const int O_CREAT = 0x40;
    internal const int O_EXCL = 0x80;
    internal const int O_NOCTTY = 0x100;
    internal const int O_APPEND = 0x400;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;
    internal const int O_PATH = 0x200000;
    internal const int PR_SET_PDEATHSIG = 1;
    internal const int PR_SET_DUMPABLE = 4;
    internal const int PR_SET_NAME = 15;
    internal const int PR_SET_NO_NEW_PRIVS = 38;
    internal const int AT_FDCWD = -100;
    internal const int AT_REMOVEDIR = 0x200;
    internal const uint RENAME_NOREPLACE = 1;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;
    internal const int AT_NO_AUTOMOUNT = 0x800;
    internal const int AT_EMPTY_PATH = 0x1000;
    internal const int AT_STATX_DONT_SYNC = 0x4000;
    internal const uint STATX_BASIC_STATS = 0x7FF;
    internal const uint STATX_BTIME = 0x800;
    internal const int P_PID = 1;

    /// <summary>The number of seccomp(2).</summary>
    internal static readonly nint SYS_seccomp = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? 277 : 317;
    internal const int MADV_DONTNEED = 4;
    internal const int WNOHANG = 1;
    internal const int WEXITED = 4;
    internal const int WNOWAIT = 0x1000000;
    internal const int SEEK_END = 2;
    internal const int PRIO_PROCESS = 0;
    internal const int SIGHUP = 1;
    internal const int SIGINT = 2;
    internal const int SIGQUIT = 3;
    internal const int SIGKILL = 9;
    internal const int SIGUSR1 = 10;
    internal const int SIGUSR2 = 12;
    internal const int SIGTERM = 15;
    internal const int SIG_BLOCK = 0;
    internal const int SIG_UNBLOCK = 1;
    internal const short POLLIN = 1;
    internal const short POLLPRI = 2;
    internal const int AF_UNIX = 1;
    internal const int SOCK_DGRAM = 2;
    internal const int SOCK_SEQPACKET = 5;
    internal const int MSG_NOSIGNAL = 0x4000;
    internal const int MSG_PEEK = 2;
    internal const int MSG_DONTWAIT = 0x40;
    internal const int SHUT_RDWR = 2;
    internal const int SOCK_CLOEXEC = 0x80000;
    internal const nuint LOOP_GET_STATUS64 = 0x4C05;
    internal const int LO_NAME_SIZE = 64;
    internal const int LOG_PID = 1;
    internal const int LOG_DAEMON = 3 << 3;

    /// <summary>Alone among what is used here it differs: arm64 has O_DIRECT where x86 has this (asm/fcntl.h of both).</summary>
    internal static int O_DIRECTORY => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? 0x4000 : 0x10000;

    /// <summary>As <see cref="O_DIRECTORY"/>.</summary>
    internal static int O_NOFOLLOW => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? 0x8000 : 0x20000;

    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    internal static partial uint GetEffectiveGroupId();

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    internal static partial int SetSession();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "chdir", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int ChangeDirectory(string path);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    internal static partial int Duplicate(SafeFileHandle from, int to);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    internal static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int descriptor, byte* bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int Control(int descriptor, int command, int argument);

    /// <summary>ioctl(2). Variadic in C, which makes no difference on 64-bit Linux.</summary>
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Control(SafeHandle device, nuint request, LoopInfo* information);

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int Execute(string path, byte** argv, byte** envp);

    /// <summary>As above, with the path where it stands.</summary>
    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true)]
    internal static partial int Execute(byte* path, byte** argv, byte** envp);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint Map(nuint place, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Unmap(nuint place, nuint length);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    internal static partial int Protect(nuint place, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int ProcessControl(int option, string argument);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    internal static partial int ProcessControl(int option, nint argument);

    /// <summary>For options that want the other arguments to be 0.</summary>
    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    internal static partial int ProcessControl(int option, nint argument, nint second, nint third, nint fourth);

    /// <summary>syscall(2), for calls that C libraries have no name for.</summary>
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint SystemCall(nint number, nint first, nint second, nint third);

    /// <summary>Native/capabilities.c: in the calling thread. 0, or -1 with errno set.</summary>
    [LibraryImport("libc", EntryPoint = "kheadersfs_lower_capabilities", SetLastError = true)]
    internal static partial int LowerCapabilities(ulong keep);

    [LibraryImport("libc", EntryPoint = "setgroups", SetLastError = true)]
    internal static partial int SetGroups(nuint count, uint* groups);

    [LibraryImport("libc", EntryPoint = "setgid", SetLastError = true)]
    internal static partial int SetGroupId(uint id);

    [LibraryImport("libc", EntryPoint = "setuid", SetLastError = true)]
    internal static partial int SetUserId(uint id);

    /// <summary>Asks the file system behind a path, even one whose attributes are cached; 256 bytes hold any struct statfs.</summary>
    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int StatFs(string path, byte* result);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial SafeFileHandle Socket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    internal static partial int Connect(SafeFileHandle socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    internal static partial int SocketPair(int domain, int type, int protocol, int* ends);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(SafeFileHandle socket, void* message, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(SafeFileHandle socket, void* message, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    internal static partial int Shutdown(SafeFileHandle socket, int how);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollFd* descriptors, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    internal static partial int WaitFor(int process, int* status, int options);

    /// <summary>waitid(2); 128 bytes hold a siginfo_t.</summary>
    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    internal static partial int WaitForState(int kind, uint id, byte* information, int options);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    internal static partial int ChangeSignalMask(int how, ulong* set, ulong* old);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    internal static partial int SetPriority(int which, uint who, int priority);

    /// <summary>openat(2) without O_CREAT. Variadic in C, which makes no difference without a mode.</summary>
    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    internal static partial SafeFileHandle OpenAt(SafeFileHandle directory, byte* path, int flags);

    /// <summary>As above, for names in text.</summary>
    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial SafeFileHandle OpenAt(SafeFileHandle directory, string path, int flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int MakeDirectoryAt(SafeFileHandle directory, string path, uint mode);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int RenameAt(SafeFileHandle fromDirectory, string from, SafeFileHandle toDirectory, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int UnlinkAt(SafeFileHandle directory, string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int StatX(SafeFileHandle directory, string path, int flags, uint mask, StatXResult* result);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int StatX(int directory, string path, int flags, uint mask, StatXResult* result);

    [LibraryImport("libc", EntryPoint = "faccessat", SetLastError = true)]
    internal static partial int AccessAt(SafeFileHandle directory, byte* path, int mode, int flags);

    [LibraryImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    internal static partial nint GetDirectoryEntries(SafeFileHandle directory, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    internal static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "readahead", SetLastError = true)]
    internal static partial nint ReadAhead(SafeFileHandle file, long offset, nuint length);

    /// <summary>open_tree(2), for which C libraries have no name yet: its number is the same on all 64-bit systems.</summary>
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial nint OpenTree(nint number, nint directory, string path, nint flags);

    /// <summary>uname(2); struct utsname has six names of 65 bytes each, of which the third is the kernel's release.</summary>
    [LibraryImport("libc", EntryPoint = "uname", SetLastError = true)]
    internal static partial int GetNames(byte* names);

    [LibraryImport("libc", EntryPoint = "isatty", SetLastError = true)]
    internal static partial int IsTerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "getauxval")]
    internal static partial nuint AuxiliaryValue(nuint type);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    internal static partial int Advise(nuint start, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "_exit")]
    internal static partial void ExitNow(int code);

    [LibraryImport("libc", EntryPoint = "openlog")]
    internal static partial void OpenLog(byte* identity, int options, int facility);

    [LibraryImport("libc", EntryPoint = "syslog", StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial void SysLog(int priority, string format);

    /// <summary>openat2(2) (Linux 5.6), for which C libraries have no name: its number is the same on all 64-bit systems.</summary>
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial nint OpenHow(nint number, nint directory, string path, OpenHowArgument* how, nint size);

    /// <summary>Calls without a name in C libraries, whose arguments are numbers.</summary>
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint SystemCall(nint number, nint first, nint second);

    /// <summary>struct open_how of linux/openat2.h, 24 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct OpenHowArgument
    {
        internal ulong Flags;
        internal ulong Mode;
        internal ulong Resolve;
    }

    /// <summary>struct statx of linux/stat.h, 256 bytes; the members that are looked at.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct StatXResult
    {
        [FieldOffset(0)] internal uint Mask;
        [FieldOffset(28)] internal ushort Mode;
        [FieldOffset(32)] internal ulong Inode;
        [FieldOffset(40)] internal ulong Size;
        [FieldOffset(80)] internal long BirthSeconds;
        [FieldOffset(88)] internal uint BirthNanoseconds;
        [FieldOffset(112)] internal long ModifiedSeconds;
        [FieldOffset(120)] internal uint ModifiedNanoseconds;
        [FieldOffset(136)] internal uint DeviceMajor;
        [FieldOffset(140)] internal uint DeviceMinor;
    }

    /// <summary>struct loop_info64 of linux/loop.h, 232 bytes; the members that are looked at.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 232)]
    internal struct LoopInfo
    {
        [FieldOffset(0)] internal ulong Device;
        [FieldOffset(8)] internal ulong Inode;
        [FieldOffset(24)] internal ulong Offset;
        [FieldOffset(32)] internal ulong Sizelimit;
        [FieldOffset(56)] internal fixed byte FileName[LO_NAME_SIZE];
    }

    /// <summary>struct pollfd, 8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        internal int Descriptor;
        internal short Events;
        internal short Returned;
    }
}
