namespace KHeadersFs.Mount.Tests;

/// <summary>Debian's own packages of headers, as scripts/setup.sh installs them: a build directory, and beside it the tree with most headers.</summary>
internal sealed class PackagedHeaders
{
    private const string Sources = "/usr/src";
    private const string Common = "-common";

    internal PackagedHeaders()
    {
        (string Build, string Source)[] found =
        [
            .. Directory.GetDirectories(Sources, $"linux-headers-*{Common}").SelectMany(static source =>
                Directory.GetDirectories(Sources, $"{Path.GetFileName(source)[..^Common.Length]}-*")
                    .Where(build => File.Exists($"{build}/Makefile") && !string.Equals(build, source, StringComparison.Ordinal))
                    .Select(build => (build, source))),
        ];
        TestRun.SkipUnless(found.Length > 0, "no packages linux-headers-* of Debian are installed (scripts/setup.sh headers)");
        (Build, Source) = found[0];
    }

    /// <summary>Where the configured half is.</summary>
    internal string Build { get; }

    /// <summary>Where the other half is.</summary>
    internal string Source { get; }

    /// <summary>Makes the links of the package in a directory of modules.</summary>
    internal void Link(string modules)
    {
        Directory.CreateDirectory(modules);
        File.CreateSymbolicLink($"{modules}/build", Build);
        File.CreateSymbolicLink($"{modules}/source", Source);
    }
}
