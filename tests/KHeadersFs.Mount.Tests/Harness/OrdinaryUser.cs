namespace KHeadersFs.Mount.Tests;

/// <summary>User 65534 without any privilege, who owns the scratch directory's places and can run the program there.</summary>
internal sealed class OrdinaryUser
{
    internal const string Id = "65534";

    internal OrdinaryUser(Scratch scratch)
    {
        // The program may lie in a directory that others cannot enter.
        Program = scratch.In("kheadersfs");
        File.Copy(Subject.Path, Program);
        ProcessRun owned = ProcessRun.Of(
            ["chown", $"{Id}:{Id}", scratch.MountPoint, scratch.Work, scratch.Temporary, scratch.Home]);
        TestRun.SkipUnless(owned.ExitCode == 0, $"no second user here: {owned.Error.Trim()}");
    }

    internal string Program { get; }

    /// <summary>Puts a command under this user.</summary>
    internal static string[] Prefix => ["setpriv", "--reuid", Id, "--regid", Id, "--clear-groups"];
}
