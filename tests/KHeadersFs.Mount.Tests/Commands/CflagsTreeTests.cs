namespace KHeadersFs.Mount.Tests;

/// <summary>kheadersfs cflags on trees that are not a mount of ours that is well: split, unfinished, closed, dead.</summary>
public sealed class CflagsTreeTests : IDisposable
{
    private static readonly string Modules = $"/lib/modules/{FittingArchive.RunningRelease}";

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("")] // the running kernel's
    [InlineData("build")]
    [InlineData("package")]
    public void Against_split_headers_of_Debian_a_program_compiles(string named)
    {
        string clang = ClangCompile.Program();
        var packages = new PackagedHeaders();
        using var modules = Cover.Empty("/lib/modules");
        packages.Link(Modules);
        string[] operand = named switch { "" => [], "build" => [$"{Modules}/build"], _ => [packages.Build] };
        string flags = Cflags(operand).Succeeded().Output;
        string[] halves = named is "package" ? [packages.Build, packages.Source] : [$"{Modules}/build", $"{Modules}/source"];
        int[] positions = [.. halves.Select(half => flags.IndexOf($"-I{half}/include ", StringComparison.Ordinal))];
        Assert.True(positions[0] >= 0 && positions[0] < positions[1], $"not first the built half, as bcc has it: {flags}");

        // What is generated is of the one half, what is not is of the other one.
        string source = _site.Scratch.In("sample.c");
        File.WriteAllText(source, """
            #include <linux/sched.h>
            #include <net/sock.h>
            #include <generated/utsrelease.h>
            char release[] = UTS_RELEASE;
            int size = sizeof(struct task_struct) + sizeof(struct sock);
            """);
        string compiled = _site.Run(
            ["sh", "-c", "clang=$1; program=$2; source=$3; shift 3; exec \"$clang\" -S -emit-llvm -o - $(\"$program\" cflags \"$@\") \"$source\"", "sh", clang, Subject.Path, source, .. operand])
            .Succeeded().Output;
        Assert.Matches("@size = .* [1-9][0-9]*, ", compiled);
        Assert.Contains(Path.GetFileName(packages.Build)["linux-headers-".Length..], compiled, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tree_in_which_prepare_was_not_run_is_1()
    {
        string tree = _site.Directory;
        string expected = $"make prepare kheadersfs kheaders {tree} -o force";
        Write($"{tree}/include/linux/kconfig.h");
        Write($"{tree}/arch/x86/include/asm/page.h");
        Expect(1, tree, expected, tree);
        Write($"{tree}/include/generated/autoconf.h");
        Expect(1, tree, expected, tree);
        Write($"{tree}/arch/x86/include/generated/asm/types.h");
        Assert.Contains($"-I{tree}/arch/x86/include/generated", Cflags(tree).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_directory_whose_headers_have_gone_is_no_tree()
    {
        Write($"{_site.Directory}/include/generated/autoconf.h");
        Expect(
            FailedMount.MountFailure,
            _site.Directory,
            $"Makefile include/generated/autoconf.h kheadersfs kheaders {_site.Directory} -o force",
            _site.Directory);
    }

    [Fact]
    public void Of_another_users_mount_it_says_whose_it_is()
    {
        using var site = new UserSite();
        site.Mount().Succeeded();
        site.AssertMounted();
        foreach (ProcessRun refused in (ProcessRun[])[site.Site.Run(site.Program, "cflags", site.Directory), site.AsStranger(site.Program, "cflags", site.Directory)])
        {
            Assert.Equal(FailedMount.MountFailure, refused.ExitCode);
            Message.Is(refused.Error, site.Directory, $"mount user {OrdinaryUser.Id} sudo kheadersfs kheaders /run/kheaders -o mkdir");
        }

        Message.Is(site.Site.Run(site.Program, "cflags", $"{site.Directory}/include").Error, $"{site.Directory}/include", $"mount user {OrdinaryUser.Id}");
        Assert.False(Message.Has(site.As(site.Program, "cflags", site.Directory).Error, $"mount user {OrdinaryUser.Id}"));
        site.As(site.Program, "-u", site.Directory).Succeeded();
        site.AssertGone();
    }

    [Fact]
    public void What_a_user_may_not_look_into_is_not_said_to_hold_nothing()
    {
        using var site = new UserSite();
        string closed = Directory.CreateDirectory(site.Site.Scratch.In("closed")).FullName;
        Write($"{closed}/tree/include/linux/kconfig.h");
        File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (string place in (string[])[closed, $"{closed}/tree"])
        {
            ProcessRun refused = site.As(site.Program, "cflags", place);
            Assert.Equal(FailedMount.MountFailure, refused.ExitCode);
            Assert.Contains("(Permission denied)", refused.Error, StringComparison.Ordinal);
            Message.Is(refused.Error, place, "user");
        }
    }

    [Fact]
    public void Of_a_dead_mount_it_says_that_the_server_has_died()
    {
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        _site.KillServer();
        foreach (string place in (string[])[_site.Directory, $"{_site.Directory}/include"])
        {
            Expect(FailedMount.NoAnswer, place, $"server died kheadersfs -u {place}", place);
        }
    }

    [Fact]
    public void Also_where_the_kernel_still_remembers_the_headers()
    {
        string archive = new HandMadeArchive()
            .File("include/generated/autoconf.h", "").File("arch/x86/include/asm/a.h", "").File("arch/x86/include/generated/asm/b.h", "").Save(_site.Scratch);
        _site.Run(Subject.Path, archive, _site.Directory).Succeeded();
        Cflags(_site.Directory).Succeeded();
        _site.KillServer();
        Expect(FailedMount.NoAnswer, _site.Directory, $"server died kheadersfs -u {_site.Directory}", _site.Directory);
    }

    [Fact]
    public void What_is_not_there_and_what_is_no_directory_differ()
    {
        string absent = _site.Scratch.In("absent");
        Expect(FailedMount.MountFailure, absent, $"not there kheadersfs kheaders {absent} -o mkdir", absent);
        File.CreateSymbolicLink(absent, "/nowhere");
        Expect(FailedMount.MountFailure, absent, $"link /nowhere not there kheadersfs kheaders {absent} -o mkdir", absent);
        Expect(FailedMount.MountFailure, _site.Archive, "no directory headers", _site.Archive);
    }

    private static void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
    }

    private ProcessRun Cflags(params string[] arguments) => _site.Run([Subject.Path, "cflags", .. arguments]);

    private void Expect(int code, string subject, string words, params string[] arguments)
    {
        ProcessRun run = Cflags(arguments);
        Assert.Equal((code, ""), (run.ExitCode, run.Output));
        Message.Is(run.Error, subject, words);
    }
}
