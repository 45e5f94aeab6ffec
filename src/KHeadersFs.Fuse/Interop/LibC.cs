using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Fuse.Interop;

/// <summary>
/// Every call into the C library, without logic. open and fcntl are variadic in C; passing an int or nothing there
/// is the same on the Linux ABIs that .NET runs on.
/// </summary>
internal static unsafe partial class LibC
{
    internal const int O_RDWR = 2;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_CLOEXEC = 0x80000;
    internal const int F_GETFL = 3;
    internal const int F_SETFL = 4;
    internal const short POLLIN = 1;
    internal const short POLLOUT = 4;
    internal const short POLLERR = 8;
    internal const int AF_UNIX = 1;
    internal const int SOCK_STREAM = 1;
    internal const int SOCK_CLOEXEC = 0x80000;
    internal const int SOL_SOCKET = 1;
    internal const int SCM_RIGHTS = 1;
    internal const int MSG_CTRUNC = 8;
    internal const int MSG_NOSIGNAL = 0x4000;
    internal const int MSG_DONTWAIT = 0x40;
    internal const int MSG_CMSG_CLOEXEC = 0x40000000;
    internal const uint MS_REMOUNT = 32;
    internal const uint MS_BIND = 4096;
    internal const int PR_GET_NO_NEW_PRIVS = 39;
    internal const int MNT_DETACH = 2;
    internal const int MNT_EXPIRE = 4;
    internal const int UMOUNT_NOFOLLOW = 8;
    internal const uint MFD_CLOEXEC = 1;
    internal const uint MFD_ALLOW_SEALING = 2;
    internal const int F_ADD_SEALS = 1033;
    internal const int F_SEAL_SEAL = 1;
    internal const int F_SEAL_SHRINK = 2;
    internal const int F_SEAL_GROW = 4;
    internal const int PROT_READ = 1;
    internal const int PROT_WRITE = 2;
    internal const int MAP_SHARED = 1;
    internal const int MAP_FIXED = 0x10;
    internal const int MAP_ANONYMOUS = 0x20;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(nint descriptor);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(SafeHandle descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(SafeHandle descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int Fcntl(SafeHandle descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollFd* descriptors, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int Mount(string source, string target, string type, nuint flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial int Unmount(string target, int flags);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    internal static partial int SocketPair(int domain, int type, int protocol, int* descriptors);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(SafeHandle socket, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    internal static partial nint SendMessage(SafeHandle socket, MsgHdr* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    internal static partial nint ReceiveMessage(SafeHandle socket, MsgHdr* message, int flags);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshallingCustomType = typeof(PathMarshaller))]
    internal static partial SafeFileHandle CreateMemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    internal static partial int Truncate(SafeHandle file, long length);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial byte* Map(nint address, nuint length, int protection, int flags, SafeHandle file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Unmap(byte* address, nuint length);

    /// <summary>For options that want the other arguments to be 0.</summary>
    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    internal static partial int ProcessControl(int option, nint argument, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    internal static partial uint GetEffectiveGroupId();

    /// <summary>struct pollfd, 8 bytes.</summary>
    internal struct PollFd
    {
        internal int Fd;
        internal short Events;
        internal short Revents;
    }

    /// <summary>struct iovec, 16 bytes on 64-bit systems.</summary>
    internal struct IoVec
    {
        internal byte* Base;
        internal nuint Len;
    }

    /// <summary>
    /// struct msghdr, 56 bytes on 64-bit systems with glibc; musl differs in the type of lengths, not in layout.
    /// </summary>
    internal struct MsgHdr
    {
        internal void* Name;
        internal uint Namelen;
        internal IoVec* Iov;
        internal nuint Iovlen;
        internal void* Control;
        internal nuint Controllen;
        internal int Flags;
    }

    /// <summary>
    /// struct cmsghdr with descriptors behind it: 32 bytes on 64-bit systems, as CMSG_SPACE(12) says.
    /// </summary>
    internal struct DescriptorMessage
    {
        /// <summary>Descriptors at most.</summary>
        internal const int Capacity = 3;

        internal nuint Len;
        internal int Level;
        internal int Type;
        private DescriptorArray _descriptors;

        /// <summary>All of them, those that were not sent included.</summary>
        [UnscopedRef]
        internal Span<int> Descriptors => _descriptors;

        /// <summary>Bytes with <paramref name="count"/> descriptors, without padding: CMSG_LEN.</summary>
        internal static nuint LengthOf(int count) => (nuint)(sizeof(nuint) + ((2 + count) * sizeof(int)));

        [InlineArray(Capacity)]
        private struct DescriptorArray
        {
            private int _first;
        }
    }
}
