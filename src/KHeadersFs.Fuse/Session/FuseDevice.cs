using System.Runtime.InteropServices;
using KHeadersFs.Fuse.Interop;
using KHeadersFs.Posix;

namespace KHeadersFs.Fuse;

/// <summary>A descriptor of /dev/fuse: one connection to the kernel, once it is mounted.</summary>
public sealed unsafe class FuseDevice : SafeHandle
{
    /// <summary>MISC_MAJOR and FUSE_MINOR (linux/major.h, linux/miscdevice.h).</summary>
    private static readonly (uint Major, uint Minor) s_number = (10, 229);

    private FuseDevice(nint descriptor)
        : base(invalidHandleValue: -1, ownsHandle: true) => SetHandle(descriptor);

    /// <inheritdoc/>
    public override bool IsInvalid => handle == -1;

    /// <summary>
    /// False once the kernel has ended the connection, so that nothing of ours is mounted any more; also before the
    /// mount, when there is none yet (fs/fuse/dev.c: fuse_dev_poll). Does not touch the mounted directory.
    /// </summary>
    public bool IsConnected => (Poll(LibC.POLLIN, 0) & LibC.POLLERR) == 0;

    /// <summary>Opens the device, close-on-exec and non-blocking.</summary>
    /// <param name="path">The device node.</param>
    /// <returns>A device without a connection: mount it.</returns>
    /// <exception cref="FuseException">It cannot be opened; the message says what to do.</exception>
    public static FuseDevice Open(string path = "/dev/fuse")
    {
        int descriptor = LibC.Open(path, LibC.O_RDWR | LibC.O_CLOEXEC | LibC.O_NONBLOCK);
        return descriptor < 0 ? throw OpenFailed(path, LastErrno()) : new FuseDevice(descriptor);
    }

    /// <summary>Takes over a descriptor, inherited or received: it is closed with this object.</summary>
    /// <param name="descriptor">An open descriptor of /dev/fuse.</param>
    /// <returns>The device, now non-blocking for every process that shares it.</returns>
    /// <exception cref="FuseException">EBADF: it is not open.</exception>
    public static FuseDevice FromDescriptor(int descriptor)
    {
        var device = new FuseDevice(descriptor);
        int flags = device.IsInvalid ? -1 : LibC.Fcntl(device, LibC.F_GETFL, 0);
        if (flags < 0 || LibC.Fcntl(device, LibC.F_SETFL, flags | LibC.O_NONBLOCK) < 0)
        {
            device.SetHandleAsInvalid();
            throw new FuseException(
                "use", $"file descriptor {descriptor}", Errno.EBADF, "it is not an open descriptor of /dev/fuse");
        }

        return device;
    }

    /// <summary>Whether a descriptor that somebody else has opened is one of /dev/fuse, mounted, and its mount is there.</summary>
    /// <param name="device">The descriptor.</param>
    /// <returns>False also for one that nobody has mounted yet.</returns>
    public static bool IsOne(FuseDevice device) =>
        FileStatus.Of(device) is { Kind: FileStatus.CharacterDevice } status && status.Device == s_number && device.IsConnected;

    internal static FuseException OpenFailed(string path, Errno errno) => new("open", path, errno, errno switch
    {
        Errno.ENOENT => $"{path} not found: load the module (modprobe fuse), or use a kernel with CONFIG_FUSE_FS; "
            + "a container needs --device /dev/fuse",
        Errno.EACCES or Errno.EPERM => "no permission: run as root, or have the administrator make it accessible "
            + "(mode 0666 is usual); a container needs --device /dev/fuse",
        Errno.ENODEV or Errno.ENXIO => "the kernel has no FUSE: load the module (modprobe fuse)",
        Errno.EMFILE or Errno.ENFILE => "too many open files: raise the limit (ulimit -n)",
        _ => string.Empty,
    });

    internal static Errno LastErrno() => (Errno)Marshal.GetLastPInvokeError();

    /// <summary>Reads one request without waiting.</summary>
    /// <returns>Its length in bytes, 0 at the end of a stand-in socket, or -1: see <see cref="LastErrno"/>.</returns>
    internal int Read(Span<byte> request)
    {
        fixed (byte* buffer = request)
        {
            return (int)LibC.Read(this, buffer, (nuint)request.Length);
        }
    }

    /// <summary>Writes one whole reply.</summary>
    /// <returns>None, or why not.</returns>
    internal Errno Write(ReadOnlySpan<byte> reply)
    {
        fixed (byte* buffer = reply)
        {
            return LibC.Write(this, buffer, (nuint)reply.Length) < 0 ? LastErrno() : Errno.None;
        }
    }

    /// <summary>Waits until the device is readable or writable, or has failed.</summary>
    /// <param name="events">POLLIN or POLLOUT.</param>
    /// <param name="milliseconds">How long; -1 for ever. A signal ends the wait too.</param>
    /// <returns>What is the case, errors included; 0 for nothing.</returns>
    internal short Poll(short events, int milliseconds)
    {
        bool referenced = false;
        try
        {
            DangerousAddRef(ref referenced);
            var entry = new LibC.PollFd { Fd = (int)handle, Events = events };
            return LibC.Poll(&entry, 1, milliseconds) > 0 ? entry.Revents : (short)0;
        }
        finally
        {
            if (referenced)
            {
                DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => LibC.Close(handle) == 0;
}
