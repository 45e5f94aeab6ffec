namespace KHeadersFs.Mount.Tests;

/// <summary>-o uapi: which headers are there, under which names, and when it refuses. Their contents: scripts/check-uapi.sh.</summary>
public sealed class UapiTests : IDisposable
{
    private readonly MountSite _site = new();
    private readonly Scratch _archives = new();

    public void Dispose()
    {
        _site.Dispose();
        _archives.Dispose();
    }

    [Fact]
    public void Headers_for_programs_are_at_include_and_nothing_else_is_there()
    {
        string archive = FittingArchive.Of(FittingArchive.RunningRelease)
            .Folder("include/uapi/linux")
            .File("include/uapi/linux/types.h", "#ifdef __KERNEL__\nint k;\n#endif\nint t;\n")
            .File("./include//uapi/sound/asound.h", "int s;\n")
            .File("include/uapi/top.h", "int not_installed;\n") // in no directory
            .File("include/uapi/linux/README", "no header\n")
            .File("include/generated/uapi/linux/version.h", "#define LINUX_VERSION_CODE 2\n")
            .File("arch/x86/include/generated/uapi/asm/both.h", "int generated;\n")
            .File("arch/x86/include/uapi/asm/both.h", "int own;\n")
            .File("arch/x86/include/uapi/asm/first.h", "int own;\n")
            .File("arch/x86/include/generated/uapi/asm/first.h", "int generated;\n")
            .File("arch/um/include/uapi/asm/um.h", "int other;\n")
            .File("arch/x86/include/asm/kernel.h", "int k;\n")
            .HardLink("include/uapi/linux/again.h", "include/uapi/linux/types.h")
            .HardLink("include/uapi/linux/lost.h", "include/linux/kconfig.h")
            .Save(_archives);
        ProcessRun run = Subject.Run(_site.Scratch, ["-o", "uapi", archive, _site.Directory]).Succeeded();
        Assert.Equal(1, run.Error.Count(static c => c is '\n'));
        Assert.Contains("include/uapi/linux/lost.h", run.Error, StringComparison.Ordinal);
        _site.AssertMounted();
        Assert.Equal(
            "include include/asm include/asm/both.h include/asm/first.h include/linux include/linux/again.h include/linux/types.h "
            + "include/linux/version.h include/sound include/sound/asound.h",
            string.Join(' ', Directory.EnumerateFileSystemEntries(_site.Directory, "*", SearchOption.AllDirectories)
                .Select(path => path[(_site.Directory.Length + 1)..]).Order(StringComparer.Ordinal)));
        Assert.Equal("int t;\n", Read("include/linux/types.h"));
        Assert.Equal("int t;\n", Read("include/linux/again.h"));
        Assert.Equal("int own;\n", Read("include/asm/both.h"));
        Assert.Equal("int own;\n", Read("include/asm/first.h"));
        Assert.Equal(1_600_000_000, new DateTimeOffset(File.GetLastWriteTimeUtc(Path.Combine(_site.Directory, "include/linux/types.h"))).ToUnixTimeSeconds());
        _site.Unmount();
    }

    // include/uapi/Kbuild of Linux.
    [Theory]
    [InlineData("kvm.h", "arch/x86/include/uapi/asm/kvm.h", true)]
    [InlineData("kvm.h", null, false)]
    [InlineData("kvm_para.h", "arch/x86/include/generated/uapi/asm/kvm_para.h", true)]
    [InlineData("kvm_para.h", null, false)]
    [InlineData("a.out.h", null, false)]
    public void Some_are_there_only_with_what_the_architecture_has_for_them(string header, string? needed, bool isThere)
    {
        HandMadeArchive archive = FittingArchive.Of(FittingArchive.RunningRelease)
            .File($"include/uapi/linux/{header}", "int x;\n")
            .File("arch/x86/include/uapi/asm/types.h", "int t;\n");
        if (needed is not null)
        {
            archive.File(needed, "int n;\n");
        }

        _site.RunSilently(Subject.Path, "-o", "uapi", archive.Save(_archives), _site.Directory);
        _site.AssertMounted();
        Assert.Equal(isThere, File.Exists(Path.Combine(_site.Directory, "include/linux", header)));
        _site.Unmount();
    }

    [Fact]
    public void What_cannot_be_made_into_one_is_left_out_by_name()
    {
        string archive = FittingArchive.Of(FittingArchive.RunningRelease)
            .File("include/uapi/linux/good.h", "int x;\n")
            .File("include/uapi/linux/bad.h", "#ifdef X\n")
            .File("include/uapi/linux/large.h", new string('\n', (4 << 20) + 1))
            .Save(_archives);
        ProcessRun run = Subject.Run(_site.Scratch, ["-o", "uapi", archive, _site.Directory]).Succeeded();
        string[] lines = run.Error.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Message.Says(lines[0], "warning: bad.h #if #endif comments");
        Message.Says(lines[1], "warning: large.h 4 MiB");
        _site.AssertMounted();
        Assert.Equal("good.h", string.Join(' ', Directory.GetFiles(Path.Combine(_site.Directory, "include/linux")).Select(static p => Path.GetFileName(p))));
        _site.Unmount();
    }

    [Fact]
    public void An_archive_without_them_is_refused()
    {
        ProcessRun run = Subject.Run(_site.Scratch, ["-o", "uapi", _site.Archive, _site.Directory]);
        string[] problems = FailedMount.Problems(FailedMount.MountFailure, "no headers include/uapi -o uapi", _site.Scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    [Fact]
    public void A_kept_store_is_of_one_view()
    {
        string cache = Directory.CreateDirectory(_site.Scratch.In("cache")).FullName;
        Assert.Equal(0, Mono.Unix.Native.Syscall.chmod(cache, Mono.Unix.Native.NativeConvert.FromOctalPermissionString("0700")));
        string archive = FittingArchive.Of(FittingArchive.RunningRelease).File("include/uapi/linux/x.h", "int x;\n").Save(_archives);
        foreach ((string options, string header) in ((string, string)[])[("", "uapi/linux/x.h"), (",uapi", "linux/x.h"), ("", "uapi/linux/x.h"), (",uapi", "linux/x.h")])
        {
            _site.RunSilently(Subject.Path, "-o", $"cache={cache}{options}", archive, _site.Directory);
            _site.AssertMounted();
            Assert.True(File.Exists(Path.Combine(_site.Directory, "include", header)), $"{options}: no {header}");
            _site.Unmount();
        }

        Assert.Equal(2, Directory.GetFiles(cache).Length);
    }

    [Theory]
    [InlineData("uapi,kbuild")]
    [InlineData("uapi,release=check")]
    [InlineData("kbuild,cache=/tmp")]
    public void Contradictions_are_usage_errors(string options) =>
        FailedMount.Expect(FailedMount.Usage, $"-o {options.Split('=')[0]}", _site.Scratch, ["-o", options, _site.Archive, _site.Directory]);

    private string Read(string path) => File.ReadAllText(Path.Combine(_site.Directory, path));
}
