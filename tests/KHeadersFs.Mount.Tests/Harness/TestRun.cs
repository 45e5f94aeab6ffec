using Mono.Unix.Native;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(KHeadersFs.Mount.Tests.TestRun))]

// Tests measure memory, count requests and look for processes left behind: one at a time.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// The whole run: clears the scratch space at the end, and fails a run in which every mounted test was skipped although
/// /dev/fuse can be opened.
/// </summary>
public sealed class TestRun : IDisposable
{
    private static int _mounted;
    private static int _skipped;

    internal static void Mounted() => Interlocked.Increment(ref _mounted);

    internal static void SkipUnless(bool possible, string? obstacle)
    {
        if (!possible)
        {
            Interlocked.Increment(ref _skipped);
            Assert.Skip(obstacle ?? "no reason given");
        }
    }

    internal static bool CanOpenFuse()
    {
        int fd = Syscall.open("/dev/fuse", OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC);
        return fd >= 0 && Syscall.close(fd) == 0;
    }

    public void Dispose()
    {
        ScratchSpace.Remove();
        if (_skipped > 0 && _mounted == 0 && CanOpenFuse())
        {
            throw new InvalidOperationException($"{_skipped} tests skipped, none mounted, but /dev/fuse can be opened");
        }
    }
}
