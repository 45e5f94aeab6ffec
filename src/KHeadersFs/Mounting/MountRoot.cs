using System.Globalization;
using KHeadersFs.Commands;
using KHeadersFs.Fuse;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>
/// The root of one mount, held open. Its path led there when the mount table was read; a user who owns a part of it may make it lead to
/// another mount at any moment. So whatever is asked of the mount or done to it goes by this. As long as it is open it is a use of the
/// mount, which then cannot be unmounted but lazily.
/// </summary>
internal sealed class MountRoot : IDisposable
{
    private readonly SafeFileHandle _root;

    private MountRoot(MountInfo mount, SafeFileHandle root) => (Mount, _root) = (mount, root);

    /// <summary>The mount as the table has it.</summary>
    internal MountInfo Mount { get; }

    /// <summary>The descriptor.</summary>
    internal nint Number => _root.DangerousGetHandle();

    /// <summary>Opens it, and asks its server nothing (O_PATH).</summary>
    /// <exception cref="FuseException">Its path leads to another mount.</exception>
    internal static MountRoot Open(MountInfo mount) => Of(mount, LinklessPath.Open(mount.Directory));

    /// <summary>As above, where the directory that it lies in is open already.</summary>
    /// <exception cref="FuseException">Another mount is there.</exception>
    internal static MountRoot Open(MountInfo mount, SafeFileHandle parent, string name) => Of(mount, LinklessPath.Open(parent, name));

    /// <summary>Whether its server has died.</summary>
    /// <exception cref="ProgramException">It does not answer.</exception>
    internal bool IsDead() => LookerProcess.StatFs(Mount.Directory, _root) is { } errno
        ? ExistingMount.IsEnd(errno)
        : throw new ProgramException(
            ExitCode.MountFailure, $"{Mount.Directory}: the server of the mount there does not answer; kill it and umount -l {Mount.Directory}");

    /// <summary>Detaches it: umount2(2), or fusermount3 for those who may not call it.</summary>
    /// <exception cref="FuseException">It is not the caller's.</exception>
    internal void Detach()
    {
        try
        {
            FuseMount.Detach(Mount.Directory, _root);
        }
        catch (FuseException e) when (e.Errno == Errno.EPERM)
        {
            FuserMount.Unmount(Mount.Directory, lazy: true);
        }
    }

    /// <summary>Changes its flags.</summary>
    /// <exception cref="FuseException">It is not the caller's.</exception>
    internal void Remount(MountFlags flags) => FuseMount.Remount(Mount.Directory, _root, flags);

    /// <inheritdoc/>
    public void Dispose() => _root.Dispose();

    private static MountRoot Of(MountInfo mount, SafeFileHandle root)
    {
        if (!root.IsInvalid && MountIdOf(root) == mount.Id)
        {
            return new MountRoot(mount, root);
        }

        root.Dispose();
        throw new FuseException("reach the mount on", mount.Directory, Errno.None, "another mount stands on it; umount that, then this one");
    }

    /// <summary>The mount in which something is open (proc_pid_fdinfo(5)).</summary>
    private static int MountIdOf(SafeFileHandle handle)
    {
        const string field = "mnt_id:";
        string? line = PosixFile.ReadLines($"/proc/self/fdinfo/{handle.DangerousGetHandle()}")
            .FirstOrDefault(static l => l.StartsWith(field, StringComparison.Ordinal));
        return int.TryParse(line.AsSpan(Math.Min(field.Length, line?.Length ?? 0)).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : -1;
    }
}
