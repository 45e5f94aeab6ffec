namespace KHeadersFs.Mount.Tests;

/// <summary>
/// /lib/modules/RELEASE with an empty "build" and nothing else, and a kernel that carries no archive: the only headers that
/// bcc and bpftrace can find by themselves are those that are mounted here.
/// </summary>
internal sealed class BuildDirectory : IDisposable
{
    /// <summary>Variables by which they can be told where headers are.</summary>
    private static readonly string[] s_unset =
        ["env", "-u", "BCC_KERNEL_SOURCE", "-u", "BCC_KERNEL_MODULES_SUFFIX", "-u", "BPFTRACE_KERNEL_SOURCE", "-u", "BPFTRACE_KERNEL_BUILD"];

    private readonly Cover _modules;
    private readonly FakeKernel _kernel;

    internal BuildDirectory()
    {
        Site = new MountSite();
        _modules = Cover.Empty("/lib/modules");
        _kernel = new FakeKernel(Site.Scratch).Modprobe("exit 1");
        Path = Directory.CreateDirectory($"/usr/lib/modules/{FittingArchive.RunningRelease}/build").FullName;
    }

    internal MountSite Site { get; }

    internal string Path { get; }

    internal void Mount()
    {
        Site.RunSilently(Subject.Path, "-o", "release=ignore", Archives.Real, $"/lib/modules/{FittingArchive.RunningRelease}/build");
        Site.AssertMounted(Path);
    }

    /// <summary>Runs a client with no variable set that would help it.</summary>
    internal ProcessRun Run(params string[] command) =>
        ProcessRun.Of([.. s_unset, .. command], Site.Scratch.Work, Site.Scratch.Environment, limit: Deadline.Long);

    public void Dispose()
    {
        _kernel.Dispose();
        Site.Dispose();
        _modules.Dispose();
    }
}
