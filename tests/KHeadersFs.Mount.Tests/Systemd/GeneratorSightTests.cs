namespace KHeadersFs.Mount.Tests;

/// <summary>The generator of systemd does not take what it cannot see for what is not there.</summary>
public sealed class GeneratorSightTests : IDisposable
{
    private const string Config = "/etc/kheadersfs.conf";

    private readonly GeneratorRoot _root = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Below_a_dead_mount_nothing_is_to_be_mounted()
    {
        using var site = new MountSite();
        _root.Link(_root.Install(GeneratorRoot.Booted), "/usr/src/dead/build");
        string dead = Directory.CreateDirectory(_root.In("/usr/src/dead")).FullName;
        site.RunSilently(Subject.Path, site.Archive, dead);
        site.KillServer();
        Assert.Empty(_root.Generate());
    }

    [Fact]
    public void A_file_of_settings_that_cannot_be_opened_is_named()
    {
        string build = _root.Install(GeneratorRoot.Booted);
        _root.Link(Config, Config); // a circle
        Assert.Equal([build], Places(out string said));
        Assert.Matches($@"\Akheadersfs: warning: {Config}: [^\n]+; [^\n]+\n\z", said);
    }

    private string[] Places(out string said) =>
    [
        .. _root.Generate(out said).Where(static u => u.Key.EndsWith(".mount", StringComparison.Ordinal)).Select(static u => GeneratorRoot.Value(u.Value, "Where")),
    ];
}
