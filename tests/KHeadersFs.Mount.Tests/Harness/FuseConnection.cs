using System.Globalization;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>The kernel's side of a mount: how many requests it has not been answered yet (fs/fuse/control.c).</summary>
internal static class FuseConnection
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
        string waiting = Path.Combine(Control.Value, stat.st_dev.ToString(CultureInfo.InvariantCulture), "waiting");
        Deadline.Until(() => File.ReadAllText(waiting).Trim() is "0", "no request under way");
    }

    /// <summary>The directory of a mount's connection, which is there until nobody holds the device any more.</summary>
    internal static string PathOf(MountEntry mount) => Path.Combine(Control.Value, mount.Device.Split(':')[1]);

    private static string FindControl()
    {
        const string usual = "/sys/fs/fuse/connections";
        if (MountTable.At(usual) is not null)
        {
            return usual;
        }

        string own = Directory.CreateDirectory(Path.Combine(ScratchSpace.Root, "fusectl")).FullName;
        int result = Native.mount("fusectl", own, "fusectl", Native.MS_NOSUID | Native.MS_NODEV, null);
        TestRun.SkipUnless(result == 0, "fusectl cannot be mounted: when the server is idle cannot be known");
        return own;
    }
}
