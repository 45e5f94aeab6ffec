using System.Runtime.InteropServices;

namespace KHeadersFs.Mount.Tests;

/// <summary>A FUSE device of our own with chosen permissions, bound over /dev/fuse in this namespace until disposed.</summary>
internal sealed class BoundDevice : IDisposable
{
    private const string Fuse = "/dev/fuse";

    internal BoundDevice(Scratch scratch, string mode)
    {
        // 10:229 is FUSE_MINOR of linux/miscdevice.h.
        ProcessRun made = ProcessRun.Of(["mknod", "-m", mode, scratch.In("fuse"), "c", "10", "229"]);
        TestRun.SkipUnless(made.ExitCode == 0, $"no device node can be made: {made.Error.Trim()}");
        if (Native.mount(scratch.In("fuse"), Fuse, null, Native.MS_BIND, null) != 0)
        {
            throw new InvalidOperationException($"bind on {Fuse}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    public void Dispose() => _ = Native.umount2(Fuse, Native.MNT_DETACH);
}
