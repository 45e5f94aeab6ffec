namespace KHeadersFs.Mount.Tests;

/// <summary>The kernel's archive cannot be had: the message says which of three reasons it is, and what to do.</summary>
public sealed class MissingArchiveTests : IDisposable
{
    private readonly MountSite _site = new();
    private readonly FakeKernel _kernel;

    public MissingArchiveTests() => _kernel = new FakeKernel(_site.Scratch);

    public void Dispose()
    {
        _kernel.Dispose();
        _site.Dispose();
    }

    [Theory]
    [InlineData("# CONFIG_IKHEADERS is not set\n")]
    [InlineData("CONFIG_IKCONFIG=y\n")]
    public void A_kernel_that_was_built_without_it(string configuration)
    {
        _kernel.Modprobe("exit 1").Configuration(configuration).ModuleFiles("kernel.ko");
        AssertRefused("built without CONFIG_IKHEADERS");
    }

    [Theory]
    [InlineData("CONFIG_IKHEADERS=m\n")]
    [InlineData("CONFIG_IKHEADERS=y\n")]
    public void A_kernel_whose_module_is_not_installed(string configuration)
    {
        _kernel.Modprobe("echo 'modprobe: FATAL: Module kheaders not found' >&2; exit 1").Configuration(configuration).ModuleFiles();
        AssertRefused("not installed install package modules");
    }

    [Theory]
    [InlineData("kheaders.ko")]
    [InlineData("kheaders.ko.xz")]
    public void A_module_that_even_root_has_no_right_to_load(string file)
    {
        _kernel.Modprobe("echo 'could not insert: Operation not permitted' >&2; exit 1")
            .Configuration("CONFIG_IKHEADERS=m\n").ModuleFiles(file);
        AssertRefused($"loaded Operation not permitted CAP_SYS_MODULE {file}");
    }

    [Fact]
    public void A_module_that_an_ordinary_user_has_no_right_to_load()
    {
        _kernel.Modprobe("exit 1").Configuration("CONFIG_IKHEADERS=m\n").ModuleFiles("kheaders.ko");
        var user = new OrdinaryUser(_site.Scratch);
        using var device = new BoundDevice(_site.Scratch, "666");
        ProcessRun run = _site.Run([.. OrdinaryUser.Prefix, user.Program, "kheaders", _site.Directory]);
        AssertRefused(run, "right load kheaders.ko root");
    }

    [Fact]
    public void A_module_that_brings_no_archive()
    {
        _kernel.Modprobe("exit 0").Configuration("CONFIG_IKHEADERS=m\n").ModuleFiles("kheaders.ko");
        AssertRefused("loaded brought archive");
    }

    private void AssertRefused(string words) =>
        AssertRefused(Subject.Run(_site.Scratch, ["kheaders", _site.Directory]), words);

    private void AssertRefused(ProcessRun run, string words)
    {
        string[] problems = FailedMount.Problems(FailedMount.MountFailure, $"kheaders: {words}", _site.Scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }
}
