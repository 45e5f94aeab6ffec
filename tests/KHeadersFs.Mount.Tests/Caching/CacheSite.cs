using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>A place for mounts with a cache directory of their own.</summary>
internal sealed class CacheSite : IDisposable
{
    internal MountSite Site { get; } = new();

    internal Scratch Scratch => Site.Scratch;

    internal string Folder => Scratch.In("cache");

    /// <summary>Everything in the cache directory, whatever its name.</summary>
    internal string[] Files => Directory.Exists(Folder) ? Directory.GetFileSystemEntries(Folder) : [];

    /// <summary>The one thing in the cache directory.</summary>
    internal string Entry => Assert.Single(Files);

    /// <summary>Whether the server reads a file of the cache directory.</summary>
    internal bool ServesEntry => ProcFs.Descriptors(Site.Server()).Values.Any(
        target => target.StartsWith(Folder + "/", StringComparison.Ordinal));

    internal string[] Command(string archive, string options = "ro") =>
        [Subject.Path, "-o", $"release=ignore,cache={Folder},{options}", archive, Site.Directory];

    /// <summary>Mounts, which must succeed, and returns what was said: the lines of standard error.</summary>
    internal string[] Mount(string? archive = null, string options = "ro")
    {
        ProcessRun run = Site.Run(Command(archive ?? Site.Archive, options)).Succeeded();
        Site.AssertMounted();
        return run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Mounts and unmounts in silence: afterwards there is a good entry.</summary>
    internal void Fill(string? archive = null, string options = "ro")
    {
        Assert.Empty(Mount(archive, options));
        Site.Unmount();
    }

    /// <summary>The small archive, as it is served at this moment, is whole.</summary>
    internal void AssertServedRight() => Deadline.Within(Deadline.Short, () =>
    {
        Assert.Equal("#define IS_ENABLED(option) 1\n", File.ReadAllText(Path.Combine(Site.Directory, HandMadeArchive.AlwaysThere)));
        Assert.Equal("#define LINUX_VERSION_CODE 1\n", File.ReadAllText(Path.Combine(Site.Directory, "include/linux/version.h")));
        Assert.Equal(2, Directory.GetFileSystemEntries(Path.Combine(Site.Directory, "include/linux")).Length);
    });

    /// <summary>Mounts, says one line that names <paramref name="named"/>, serves what is right, and unmounts.</summary>
    internal void MountsWithOneLine(string named, bool fromEntry)
    {
        Assert.StartsWith($"kheadersfs: warning: {named}", Assert.Single(Mount()), StringComparison.Ordinal);
        Assert.Equal(fromEntry, ServesEntry);
        AssertServedRight();
        Site.Unmount();
    }

    internal static ulong Inode(string path) => OptionCase.Status(path).st_ino;

    internal static void Chown(string path, uint owner) => TestRun.SkipUnless(
        Syscall.lchown(path, owner, owner) == 0, "no file can be given to another user here");

    public void Dispose() => Site.Dispose();
}
