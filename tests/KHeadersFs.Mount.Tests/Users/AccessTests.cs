namespace KHeadersFs.Mount.Tests;

/// <summary>Who may enter what a user without privileges has mounted, and who may unmount it.</summary>
public sealed class AccessTests : IDisposable
{
    private readonly UserSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void A_user_mounts_compiles_and_unmounts()
    {
        string clang = ClangCompile.Program();
        _site.As(_site.Program, "-o", "release=ignore", Archives.Real, _site.Directory).Succeeded();
        _site.AssertMounted();

        // Root may not look into the mount to learn which architecture it is for, so the user's shell does.
        string source = _site.Site.Scratch.Write("sample.c", "#include <linux/sched.h>\nint size = sizeof(struct task_struct);\n"u8);
        const string compile = """
            clang=$3 && cd "$1" && architecture=$(ls arch)
            set -- "$1" "$2" -nostdinc -isystem "$("$clang" -print-resource-dir)/include"
            for folder in "arch/$architecture/include" "arch/$architecture/include/generated" include \
              "arch/$architecture/include/uapi" "arch/$architecture/include/generated/uapi" include/uapi include/generated/uapi; do
              set -- "$@" "-I$1/$folder"
            done
            source=$2 root=$1 && shift 2
            exec "$clang" -O2 -S -emit-llvm -o - -D__KERNEL__ -D__BPF_TRACING__ -Wno-everything -fno-stack-protector "$@" \
              -include "$root/include/linux/compiler-version.h" -include "$root/include/linux/kconfig.h" \
              -include "$root/include/linux/compiler_types.h" "$source"
            """;
        string compiled = _site.As("sh", "-c", compile, "sh", _site.Directory, source, clang).Succeeded().Output;
        Assert.Matches("@size = .* [1-9][0-9]{3}, ", compiled);

        _site.As(_site.Program, "-u", _site.Directory).Succeeded();
        _site.AssertGone();
    }

    [Fact]
    public void A_users_copy_of_the_tree_can_be_added_to_and_removed()
    {
        _site.Mount().Succeeded();
        string copy = _site.Site.Scratch.In("home/copy");
        _site.As("cp", "-a", $"{_site.Directory}/include", copy).Succeeded();
        _site.As("touch", $"{copy}/linux/new.h").Succeeded();
        _site.As("rm", "-r", copy).Succeeded();
    }

    [Fact]
    public void Another_user_and_root_are_refused()
    {
        _site.Mount().Succeeded();
        _site.AssertMounted();
        AssertRefused(_site.AsStranger("ls", _site.Directory));
        AssertRefused(_site.Site.Run("ls", _site.Directory));
        _site.As(_site.Program, "-u", _site.Directory).Succeeded();
        _site.AssertGone();
    }

    [Theory]
    [InlineData("allow_other")]
    [InlineData("allow_root")]
    public void Without_the_line_in_fuse_conf_the_refusal_says_what_it_lacks(string option)
    {
        ProcessRun run = _site.Mount("-o", option);
        Assert.Equal(FailedMount.SystemError, run.ExitCode);
        Message.Is(run.Error, $"-o {option}", $"/etc/fuse.conf user_allow_other administrator without {option}");
        _site.AssertGone();
    }

    [Theory]
    [InlineData("allow_other")]
    [InlineData("allow_root")]
    public void With_the_line_in_fuse_conf_others_are_let_in(string option)
    {
        _site.AllowOthers(true);
        _site.Mount("-o", option).Succeeded();
        _site.AssertMounted();
        Assert.Equal("include\n", _site.AsStranger("ls", _site.Directory).Succeeded().Output);
        Assert.Equal("include\n", _site.Site.Run("ls", _site.Directory).Succeeded().Output);
        _site.As(_site.Program, "-u", _site.Directory).Succeeded();
        _site.AssertGone();
    }

    [Fact]
    public void Another_user_may_not_unmount_it()
    {
        _site.AllowOthers(true);
        _site.Mount("-o", "allow_other").Succeeded();
        ProcessRun run = _site.AsStranger(_site.Program, "-u", _site.Directory);
        Assert.NotEqual(0, run.ExitCode);
        Assert.StartsWith($"kheadersfs: {_site.Directory}: ", run.Error, StringComparison.Ordinal);
        _site.AssertMounted();
        _site.As(_site.Program, "-u", _site.Directory).Succeeded();
        _site.AssertGone();
    }

    [Fact]
    public void Root_unmounts_it_by_umount()
    {
        _site.Mount().Succeeded();
        _site.Site.RunSilently("umount", _site.Directory);
        _site.AssertGone();
    }

    [Fact]
    public void A_users_dead_mount_is_replaced_by_the_user()
    {
        _site.Mount().Succeeded();
        int server = Assert.Single(ProcFs.Running(_site.Program));
        Assert.Equal(0, Mono.Unix.Native.Syscall.kill(server, Mono.Unix.Native.Signum.SIGKILL));
        Deadline.Until(() => ProcFs.Running(_site.Program).Count == 0, "the end of the server");
        Message.Says(_site.Mount().Succeeded().Error, "replaced server died");
        _site.AssertMounted();
        _site.As(_site.Program, "-u", _site.Directory).Succeeded();
        _site.AssertGone();
    }

    [Fact]
    public void A_user_may_not_use_a_directory_of_another()
    {
        string foreign = Directory.CreateDirectory(_site.Site.Scratch.In("foreign")).FullName;
        ProcessRun run = _site.As(_site.Program, _site.Site.Archive, foreign);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(foreign, run.Error, StringComparison.Ordinal);
        Assert.Null(MountTable.At(foreign));
        _site.AssertGone();
    }

    private static void AssertRefused(ProcessRun run)
    {
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("Permission denied", run.Error, StringComparison.Ordinal);
    }
}
