namespace KHeadersFs.Mount.Tests;

/// <summary>The program where mount(8) finds it, in this namespace only, until disposed.</summary>
internal sealed class Installation : IDisposable
{
    private static readonly string[] Helpers = ["mount.fuse.kheadersfs", "mount.kheadersfs"];

    private readonly Overlay _helpers;
    private readonly Overlay _programs;

    private Installation(Scratch scratch, string? helper, string? program)
    {
        _helpers = new Overlay(scratch, "/sbin");
        _programs = new Overlay(scratch, "/usr/local/bin");
        foreach (string name in Helpers)
        {
            Link(_helpers.In(name), helper);
        }

        Link(_programs.In("kheadersfs"), program);
    }

    /// <summary>With links of our own beside mount.fuse3, as make install leaves them.</summary>
    internal static Installation WithHelpers(Scratch scratch, string? program = null) =>
        new(scratch, program ?? Subject.Path, program: null);

    /// <summary>Without them: mount.fuse3 of package fuse3 finds the program in the PATH of its shell.</summary>
    internal static Installation WithoutHelpers(Scratch scratch)
    {
        TestRun.SkipUnless(File.Exists("/sbin/mount.fuse3"), "mount.fuse3 (package fuse3) is not installed");
        return new Installation(scratch, helper: null, Subject.Path);
    }

    internal static Installation Of(Scratch scratch, bool helpers) =>
        helpers ? WithHelpers(scratch) : WithoutHelpers(scratch);

    public void Dispose()
    {
        _programs.Dispose();
        _helpers.Dispose();
    }

    // Whatever the machine has installed there must not be what is tested.
    private static void Link(string path, string? target)
    {
        File.Delete(path);
        if (target is not null)
        {
            File.CreateSymbolicLink(path, target);
        }
    }
}
