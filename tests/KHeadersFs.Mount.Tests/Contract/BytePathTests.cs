namespace KHeadersFs.Mount.Tests;

/// <summary>Paths are bytes: none has to be UTF-8, wherever it is given or read back. The scripts make names with bytes that are not.</summary>
public sealed class BytePathTests : IDisposable
{
    /// <summary>$D is a directory, $A an archive and $C a place for a cache, all of names that are not UTF-8; $K is the program.</summary>
    private const string Names = """
        set -e
        K=$1 W=$3 L=$4
        D=$(printf '%s/M\374ller' "$W") A=$(printf '%s/\377\200 a.tar.xz' "$W") C=$(printf '%s/c\355\240\200' "$W")
        mkdir "$D"; cp "$2" "$A"
        mounted() { test -f "$1/include/linux/kconfig.h"; }
        gone() { ! mounted "$1" && ! grep -q fuse.kheadersfs /proc/self/mountinfo; }
        """;

    private readonly MountSite _site = new();

    public void Dispose()
    {
        // Strings of the base class library cannot name them.
        ProcessRun.Shell("umount -l \"$1\"/M* 2>&1; rm -rf \"$1\"/*M* \"$1\"/mnt/* \"$1\"/*' a.tar.xz' \"$1\"/c[!a-z]*", _site.Scratch.Path);
        _site.Dispose();
    }

    [Theory]
    [InlineData("both paths", "\"$K\" \"$A\" \"$D\"; mounted \"$D\"; umount \"$D\"; gone \"$D\"")]
    [InlineData("-u", "\"$K\" \"$A\" \"$D\"; mounted \"$D\"; \"$K\" -u \"$D\"; gone \"$D\"")]
    [InlineData("relative", "cd \"$D\"; mkdir m; \"$K\" ../*' a.tar.xz' m; mounted m; \"$K\" -u m; gone m; rmdir m")]
    [InlineData("mounted already", "\"$K\" \"$A\" \"$D\"; \"$K\" \"$A\" \"$D\" 2>&1 | grep -q 'M.xfcller: mounted already'; umount \"$D\"; gone \"$D\"")]
    [InlineData("mkdir", "\"$K\" -o mkdir \"$A\" \"$D/a/b\"; mounted \"$D/a/b\"; umount \"$D/a/b\"; gone \"$D/a/b\"; until rmdir \"$D\"; do :; done")]
    [InlineData("cache", "\"$K\" -o cache=\"$C\" \"$A\" \"$D\"; umount \"$D\"; \"$K\" -o cache=\"$C\" \"$A\" \"$D\"; mounted \"$D\"; ls \"$C\"/*.khfs; umount \"$D\"")]
    [InlineData("remount", "\"$K\" \"$A\" \"$D\"; \"$K\" -o remount,exec \"$A\" \"$D\"; mounted \"$D\"; umount \"$D\"")]
    [InlineData("-N", "ln -s \"$K\" mount.kheadersfs; ./mount.kheadersfs -N /proc/self/ns/mnt \"$A\" \"$D\"; mounted \"$D\"; umount \"$D\"; rm mount.kheadersfs")]
    [InlineData("prime", "\"$K\" -o prime \"$A\" \"$D\"; mounted \"$D\"; umount \"$D\"; gone \"$D\"")]
    [InlineData("its server's arguments", "\"$K\" \"$A\" \"$D\"; grep -qzFx \"$A\" /proc/[0-9]*/cmdline; grep -qzFx \"$D\" /proc/[0-9]*/cmdline; umount \"$D\"")]
    public void Any_bytes_are_a_path(string what, string script)
    {
        ProcessRun run = _site.Run("sh", "-c", $"{Names}\n{script}", "sh", Subject.Path, _site.Archive, _site.Scratch.Path, "");
        Assert.True(run.ExitCode == 0, $"{what}: {run.ExitCode}\n{run.Output}{run.Error}");
        _site.AssertGone();
    }

    [Fact]
    public void In_the_foreground_SIGTERM_unmounts_and_the_log_is_printable()
    {
        string log = _site.Scratch.In("log");
        ProcessRun run = _site.Run(
            "sh", "-c", $"{Names}\n\"$K\" -f -o mkdir \"$A\" \"$D/a\" 2>\"$L\" & until mounted \"$D/a\"; do :; done; kill $!; wait $!; gone \"$D/a\"; rmdir \"$D\"",
            "sh", Subject.Path, _site.Archive, _site.Scratch.Path, log);
        Assert.True(run.ExitCode == 0, $"{run.ExitCode}\n{run.Output}{run.Error}");
        Assert.Equal(
            $"kheadersfs: {LogLine.Serving}{_site.Scratch.Path}/\\xff\\x80 a.tar.xz on {_site.Scratch.Path}/M\\xfcller/a\n", File.ReadAllText(log));
        _site.AssertGone();
    }

    [Fact]
    public void Another_archive_there_is_named_in_print()
    {
        ProcessRun run = _site.Run(
            "sh", "-c", $"{Names}\n\"$K\" \"$A\" \"$D\"; \"$K\" \"$2\" \"$D\" || code=$?; umount \"$D\"; exit $code",
            "sh", Subject.Path, _site.Archive, _site.Scratch.Path, "");
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        Message.Says(run.Error, $"M\\xfcller: {_site.Scratch.Path}/\\xff\\x80 a.tar.xz mounted already");
        _site.AssertGone();
    }

    [Fact]
    public void An_ordinary_users_directory_may_have_any_name()
    {
        var user = new OrdinaryUser(_site.Scratch);
        using var device = new BoundDevice(_site.Scratch, "666");
        string[] prefix = OrdinaryUser.Prefix;
        ProcessRun run = _site.Run(
            [
                .. prefix, "sh", "-c", $"{Names}\n\"$K\" \"$A\" \"$D\"; mounted \"$D\"; \"$K\" -u \"$D\"; gone \"$D\"",
                "sh", user.Program, _site.Archive, _site.Directory, "",
            ]);
        user.Clear(_site.Directory);
        Assert.True(run.ExitCode == 0, $"{run.ExitCode}\n{run.Output}{run.Error}");
        _site.AssertGone();
    }
}
