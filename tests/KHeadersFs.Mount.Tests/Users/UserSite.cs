namespace KHeadersFs.Mount.Tests;

/// <summary>A place where a user without privileges mounts: a copy of the program, /dev/fuse for everybody, /etc to change.</summary>
internal sealed class UserSite : IDisposable
{
    internal const string Stranger = "65533";

    private readonly OrdinaryUser _user;
    private readonly BoundDevice _device;
    private readonly Overlay _etc;

    internal UserSite()
    {
        TestRun.SkipUnless(ClangCompile.IsInstalled("fusermount3"), "fusermount3 (package fuse3) is not installed");
        Site = new MountSite();
        _user = new OrdinaryUser(Site.Scratch);
        _device = new BoundDevice(Site.Scratch, "666");
        _etc = new Overlay(Site.Scratch, "/etc");
        AllowOthers(false);
    }

    internal MountSite Site { get; }

    internal string Program => _user.Program;

    internal string Directory => Site.Directory;

    /// <summary>Whether /etc/fuse.conf has the line that lets users let others in.</summary>
    internal void AllowOthers(bool allowed) =>
        File.WriteAllText(_etc.In("fuse.conf"), allowed ? "# ours\nuser_allow_other\n" : "# user_allow_other\n");

    internal ProcessRun As(params string[] command) => Site.Run([.. OrdinaryUser.Prefix, .. command]);

    internal ProcessRun AsStranger(params string[] command) =>
        Site.Run(["setpriv", "--reuid", Stranger, "--regid", Stranger, "--clear-groups", .. command]);

    internal ProcessRun Mount(params string[] options) => As([Program, .. options, Site.Archive, Directory]);

    internal void AssertMounted()
    {
        MountEntry mount = Assert.Single(
            MountTable.Read(), mount => string.Equals(mount.Directory, Directory, StringComparison.Ordinal));
        Assert.Equal("fuse.kheadersfs", mount.Type);
        Assert.StartsWith("ro,nosuid,nodev", mount.Options, StringComparison.Ordinal);
        TestRun.Mounted();
    }

    internal void AssertGone()
    {
        Deadline.Until(() => ProcFs.Running(Program).Count == 0, "no process soon after the end", Deadline.Soon);
        Assert.Null(MountTable.At(Directory));
        Assert.Empty(Site.Scratch.FilesLeft());
    }

    public void Dispose()
    {
        _user.Clear(Directory);
        _etc.Dispose();
        _device.Dispose();
        Site.Dispose();
    }
}
