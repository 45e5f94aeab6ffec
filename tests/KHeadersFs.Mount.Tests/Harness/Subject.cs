namespace KHeadersFs.Mount.Tests;

/// <summary>The program under test: where it is, and how it is run to its end.</summary>
internal static class Subject
{
    internal static readonly string Path = ScratchSpace.Reachable(Real(
        Environment.GetEnvironmentVariable("KHEADERSFS_PROGRAM") ?? System.IO.Path.Combine(RepositoryRoot(), "out", "kheadersfs")));

    /// <summary>Fails when there is no program, skips when no mount is possible on this machine.</summary>
    internal static void RequireMounts()
    {
        Assert.True(File.Exists(Path), $"{Path} does not exist: build it with make, or set KHEADERSFS_PROGRAM");
        TestRun.SkipUnless(PrivateNamespace.Obstacle is null, PrivateNamespace.Obstacle);
        TestRun.SkipUnless(TestRun.CanOpenFuse(), "/dev/fuse cannot be opened for reading and writing");
    }

    /// <summary>Runs the program in a scratch directory until it returns; a server may stay behind.</summary>
    internal static ProcessRun Run(Scratch scratch, IReadOnlyList<string> arguments, TimeSpan? limit = null) =>
        ProcessRun.Of([Path, .. arguments], scratch.Work, scratch.Environment, limit: limit);

    /// <summary>All processes of the program that are alive in this PID namespace.</summary>
    internal static IReadOnlyList<int> Processes() => ProcFs.Running(Path);

    /// <summary>
    /// The processes that hold a FUSE device open: those that serve. Not their children, which have what the parent has for the
    /// moment until they execute something.
    /// </summary>
    internal static IReadOnlyList<int> Servers()
    {
        int[] holders = [.. Processes().Where(static id => ProcFs.Descriptors(id).ContainsValue("/dev/fuse"))];
        return [.. holders.Where(id => ProcFs.Parent(id) is not 0 and var parent && !holders.Contains(parent))]; // 0: it has just ended
    }

    /// <summary>The processes that -o prime sends out.</summary>
    internal static IReadOnlyList<int> Walkers() => [.. Processes().Where(static id => ProcFs.Name(id) is "kheadersfs-walk")];

    /// <summary>The processes that keep the right to unmount.</summary>
    internal static IReadOnlyList<int> Keepers() => [.. Processes().Where(static id => ProcFs.Name(id) is "kheadersfs-keep")];

    /// <summary>The processes that decode.</summary>
    internal static IReadOnlyList<int> Decoders() => [.. Processes().Where(static id => ProcFs.Name(id) is "kheadersfs-read")];

    /// <summary>The directory that holds the solution, upward from the test program.</summary>
    internal static string RepositoryRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(System.IO.Path.Combine(directory.FullName, "KHeadersFs.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? AppContext.BaseDirectory;
    }

    // As /proc/PID/exe shows it: no symbolic link anywhere in it.
    private static string Real(string path) => Mono.Unix.UnixPath.GetCompleteRealPath(System.IO.Path.GetFullPath(path));
}
