namespace KHeadersFs.Mount.Tests;

/// <summary>A control group whose limit kills a mount of a kernel's own archive is named before that happens.</summary>
public sealed class MemoryLimitTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    // Of this process's group, the root has its limit in the files below; in a container that is its own.
    [Theory]
    [InlineData("memory/memory.limit_in_bytes", 18L << 20, true)]
    [InlineData("memory/memory.limit_in_bytes", 20L << 20, false)]
    [InlineData("memory.max", 18L << 20, true)]
    [InlineData("memory.max", 20L << 20, false)]
    public void A_limit_that_is_too_low_is_a_warning(string file, long limit, bool isWarned)
    {
        string version = file.StartsWith("memory/", StringComparison.Ordinal) ? ":memory:" : "0::";
        TestRun.SkipUnless(File.ReadAllText("/proc/self/cgroup").Contains(version, StringComparison.Ordinal), $"no group of {file} here");
        using var groups = Cover.Empty("/sys/fs/cgroup");
        Directory.CreateDirectory("/sys/fs/cgroup/memory");
        File.WriteAllText($"/sys/fs/cgroup/{file}", FormattableString.Invariant($"{limit}\n"));
        ProcessRun run = Subject.Run(_site.Scratch, [_site.Archive, _site.Directory]).Succeeded();
        if (isWarned)
        {
            Message.IsWarning(run.Error, "memory", "18 MiB 20 MemoryMax= docker -m");
        }
        else
        {
            Assert.Empty(run.Error);
        }

        _site.AssertMounted();
        _site.Unmount();
    }
}
