using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>A root directory in which the program has the name of a generator of systemd; what it writes is looked at.</summary>
internal sealed class GeneratorRoot : IDisposable
{
    private const string Program = "/kheadersfs-generator";
    private const string Units = "/late";

    private readonly BareRoot _root = new();
    private readonly List<int> _pipes = [];

    /// <summary>No kernel has an archive.</summary>
    internal GeneratorRoot()
    {
        _ = Cover.Empty(In("/sys/kernel")); // gone with the root
        File.CreateSymbolicLink(In(Program), "/kheadersfs");
    }

    /// <summary>The kernel that runs.</summary>
    internal static string Booted => FittingArchive.RunningRelease;

    internal string In(string path) => _root.In(path);

    /// <summary>A kernel with its module, whose headers are expected at the directory that is returned.</summary>
    internal string Install(string release, string module = "kheaders.ko.xz")
    {
        Write($"/lib/modules/{release}/kernel/kernel/{module}", "");
        return $"/lib/modules/{release}/build";
    }

    internal void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(path))!);
        File.WriteAllText(In(path), text);
    }

    internal void Link(string path, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(path))!);
        File.CreateSymbolicLink(In(path), target);
    }

    /// <summary>As systemd arms a directory: whoever looks into it waits for this process, which does nothing.</summary>
    internal void Arm(string path)
    {
        Assert.Equal(0, Syscall.pipe(out int reading, out int writing));
        _pipes.AddRange([reading, writing]);
        Directory.CreateDirectory(In(path));
        string data = string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"fd={writing},pgrp={Syscall.getpid()},minproto=5,maxproto=5,direct");
        TestRun.SkipUnless(Native.mount("systemd-1", In(path), "autofs", 0, data) == 0, "this kernel mounts no autofs");
    }

    /// <summary>Runs the generator as systemd does; another process group than the one that has armed.</summary>
    internal ProcessRun Run(params string[] arguments) =>
        ProcessRun.Of(["setsid", "--wait", "chroot", _root.Path, Program, .. arguments], limit: Deadline.Long);

    /// <summary>The units that it writes, by name; links with what they lead to.</summary>
    internal IReadOnlyDictionary<string, string> Generate(out string said)
    {
        Directory.CreateDirectory(In(Units));
        ProcessRun run = Run("/none", "/none", Units).Succeeded();
        Assert.Empty(run.Output);
        said = run.Error;
        var units = Directory.EnumerateFiles(In(Units), "*", SearchOption.AllDirectories).ToDictionary(
            path => Path.GetRelativePath(In(Units), path), static path => new FileInfo(path).LinkTarget ?? File.ReadAllText(path), StringComparer.Ordinal);
        Directory.Delete(In(Units), recursive: true);
        return units;
    }

    /// <summary>As the other one, in silence.</summary>
    internal IReadOnlyDictionary<string, string> Generate()
    {
        IReadOnlyDictionary<string, string> units = Generate(out string said);
        Assert.Empty(said);
        return units;
    }

    /// <summary>Where headers are to be mounted, in order.</summary>
    internal string[] Places() =>
    [
        .. Generate().Where(static u => u.Key.EndsWith(".mount", StringComparison.Ordinal))
            .Select(static u => Value(u.Value, "Where")).Order(StringComparer.Ordinal),
    ];

    /// <summary>The names of units, in order.</summary>
    internal static string[] Names(IReadOnlyDictionary<string, string> units) => [.. units.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The one value of a setting in a unit.</summary>
    internal static string Value(string unit, string name) =>
        Assert.Single(unit.Split('\n'), line => line.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];

    public void Dispose()
    {
        _root.Dispose();
        _pipes.ForEach(static fd => _ = Syscall.close(fd));
    }
}
