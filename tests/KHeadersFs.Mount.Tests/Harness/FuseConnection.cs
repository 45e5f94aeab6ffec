using System.Globalization;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>The kernel's side of a mount, a directory with files about it (fs/fuse/control.c).</summary>
/// <param name="Path">The directory. Another mount may have it later.</param>
/// <param name="Inode">Its own number, which no other has while the system runs.</param>
internal sealed record FuseConnection(string Path, ulong Inode)
{
    private static readonly Lazy<string> Control = new(FindControl);

    /// <summary>
    /// Waits until no request is under way. Readahead goes on after the process that caused it has ended, so that counters
    /// read without this wait would blame those requests on whoever comes next.
    /// </summary>
    internal static void WaitUntilIdle(string root)
    {
        Assert.Equal(0, Syscall.stat(root, out Stat stat));

        // The connection's name is the device number of the mount, whose major number is 0.
        string waiting = System.IO.Path.Combine(Control.Value, stat.st_dev.ToString(CultureInfo.InvariantCulture), "waiting");
        Deadline.Until(() => File.ReadAllText(waiting).Trim() is "0", "no request under way");
    }

    /// <summary>That of a mount; null when it has just ended.</summary>
    internal static FuseConnection? TryOf(MountEntry mount)
    {
        string path = System.IO.Path.Combine(Control.Value, mount.Device.Split(':')[1]);
        return Syscall.stat(path, out Stat stat) == 0 ? new FuseConnection(path, stat.st_ino) : null;
    }

    /// <summary>Whether anything is mounted of it, or anybody holds its device.</summary>
    internal bool IsThere => Syscall.stat(Path, out Stat stat) == 0 && stat.st_ino == Inode;

    /// <summary>Has every request fail, and the server's next read (fs/fuse/control.c: fuse_conn_abort_write).</summary>
    internal void Abort()
    {
        if (IsThere)
        {
            File.WriteAllText(System.IO.Path.Combine(Path, "abort"), "1");
        }
    }

    private static string FindControl()
    {
        const string usual = "/sys/fs/fuse/connections";
        if (MountTable.At(usual) is not null)
        {
            return usual;
        }

        string own = Directory.CreateDirectory(System.IO.Path.Combine(ScratchSpace.Root, "fusectl")).FullName;
        int result = Native.mount("fusectl", own, "fusectl", Native.MS_NOSUID | Native.MS_NODEV, null);
        TestRun.SkipUnless(result == 0, "fusectl cannot be mounted: when the server is idle cannot be known");
        return own;
    }
}
