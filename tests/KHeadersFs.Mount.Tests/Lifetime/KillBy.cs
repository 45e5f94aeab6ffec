using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>What ends a mount.</summary>
/// <param name="Name">For a message.</param>
/// <param name="Signal">A signal to its processes; null where its connection is aborted.</param>
internal sealed record KillBy(string Name, Signum? Signal)
{
    /// <summary>The kernel's switch for a connection (fs/fuse/control.c: fuse_conn_abort_write).</summary>
    internal static readonly KillBy Control = new("abort", null);

    /// <summary>umount(8), which aborts the connection (MNT_FORCE, fs/fuse/inode.c: fuse_umount_begin) and unmounts only what is not in use.</summary>
    internal static readonly KillBy Force = new("umount -f", null);

    internal static readonly KillBy[] Signals =
    [
        .. new[] { Signum.SIGTERM, Signum.SIGKILL, Signum.SIGINT, Signum.SIGHUP, Signum.SIGQUIT, Signum.SIGALRM }
            .Select(static signal => new KillBy(signal.ToString(), signal)),
    ];
}
