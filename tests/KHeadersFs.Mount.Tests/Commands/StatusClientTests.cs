using System.Text.Json;

namespace KHeadersFs.Mount.Tests;

/// <summary>kheadersfs status says which client cannot read the headers that are mounted: bpftrace those that need -fms-extensions.</summary>
public sealed class StatusClientTests : IDisposable
{
    private const string Words = "bpftrace 0.27 read headers linux/fs.h";

    /// <summary>As Linux 7.2 has it, behind so much else that a part of the file does not show it.</summary>
    private static readonly string Seven = $"struct inode;\n{new string('/', 9000)}\nstruct filename {{\n\tstruct __filename_head;\n\tconst char iname[64];\n}};\n";

    private const string Six = "struct inode;\nstruct filename {\n\tconst char *name;\n\tstruct audit_names *aname;\n};\n";

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("include/linux/fs.h", true)]
    [InlineData("include/linux/ns/ns_common_types.h", true)]
    [InlineData("include/linux/fs.h", false)]
    public void Headers_that_need_extensions_are_said_to_be_unreadable(string header, bool needs)
    {
        string archive = FittingArchive.Of(FittingArchive.RunningRelease).File(header, needs ? Seven : Six).Save(_site.Scratch);
        _site.RunSilently(Subject.Path, archive, _site.Directory);
        JsonElement mount = Expect(needs);
        Assert.Equal(0, mount.GetProperty("bytes_read").GetInt64()); // nor has anybody asked the mount
        _site.Unmount();
    }

    [Fact]
    public void The_server_that_takes_over_knows_it_too()
    {
        string archive = FittingArchive.Of(FittingArchive.RunningRelease).File("include/linux/fs.h", Seven).Save(_site.Scratch);
        using var mounted = MountedProgram.Foreground(archive);
        mounted.Signal(Mono.Unix.Native.Signum.SIGUSR2);
        Deadline.Until(() => mounted.LogText.Contains(LogLine.TookOver, StringComparison.Ordinal), "the next server");
        Message.Says(_site.Run(Subject.Path, "status", mounted.Root).Succeeded().Output, Words);
        mounted.Signal(Mono.Unix.Native.Signum.SIGTERM);
        Assert.Equal(0, mounted.WaitForEnd());
    }

    [Theory]
    [InlineData("kheaders.tar.xz", false)]
    [InlineData("arm64.tar.xz", false)]
    [InlineData("linux-5.2.tar.xz", false)]
    [InlineData("trixie-amd64.tar.xz", false)]
    [InlineData("sid-amd64.tar.xz", true)]
    [InlineData("sid-arm64.tar.xz", true)]
    public void It_is_said_of_the_real_headers_that_need_them(string name, bool needs)
    {
        _site.Run(Subject.Path, "-o", "release=ignore", Archives.Named(name), _site.Directory).Succeeded();
        Expect(needs);
        _site.Unmount();
    }

    private JsonElement Expect(bool needs)
    {
        Assert.Equal(needs, _site.Run(Subject.Path, "status", _site.Directory).Succeeded().Output.Split('\n').Any(static line => Message.Has(line, Words)));
        using JsonDocument json = JsonDocument.Parse(_site.Run(Subject.Path, "status", "--json", _site.Directory).Succeeded().Output);
        JsonElement mount = json.RootElement.GetProperty("mounts")[0].Clone();
        Assert.Equal(needs, mount.GetProperty("needs_ms_extensions").GetBoolean());
        return mount;
    }
}
