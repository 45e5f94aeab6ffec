using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>One mount with an option, and what is looked at there.</summary>
internal sealed class OptionCase(MountSite site)
{
    internal MountSite Site => site;

    internal string Directory => site.Directory;

    internal string Header => Path.Combine(site.Directory, HandMadeArchive.AlwaysThere);

    /// <summary>Mounts with options and in silence, looks, and unmounts.</summary>
    internal void Mounted(string options, Action<MountEntry> look) => Mounted(options, site.Archive, look);

    internal void Mounted(string options, string archive, Action<MountEntry> look)
    {
        site.RunSilently(Subject.Path, "-o", options, archive, site.Directory);
        MountEntry mount = site.AssertMounted();
        Deadline.Within(Deadline.Short, () => look(mount));
        site.Unmount();
    }

    /// <summary>Mounting with options must fail in the way that all failures have, naming a word.</summary>
    internal void Refused(int code, string options, string named, string? archive = null)
    {
        ProcessRun run = Subject.Run(site.Scratch, ["-o", options, archive ?? site.Archive, site.Directory]);
        string[] problems = FailedMount.Problems(code, named, site.Scratch, run);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    internal static Stat Status(string path)
    {
        Assert.Equal(0, Syscall.lstat(path, out Stat stat));
        return stat;
    }

    /// <summary>The permission bits, as chmod(1) writes them.</summary>
    internal static string Mode(string path) =>
        NativeConvert.ToOctalPermissionString(Status(path).st_mode & FilePermissions.ALLPERMS)[^3..];

    /// <summary>The options of the file system, which are behind those of the mount.</summary>
    internal string SuperOptions() => File.ReadLines("/proc/self/mountinfo")
        .Single(line => string.Equals(line.Split(' ')[4], site.Directory, StringComparison.Ordinal)).Split(' ')[^1];

    internal string ServerStatus(string field) => File.ReadLines($"/proc/{site.Server()}/status")
        .Single(line => line.StartsWith(field + ":", StringComparison.Ordinal))[(field.Length + 1)..].Trim();
}
