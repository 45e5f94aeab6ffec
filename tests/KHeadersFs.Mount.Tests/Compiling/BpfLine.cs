namespace KHeadersFs.Mount.Tests;

/// <summary>The line of the manual that makes a BPF object of prog.c, and a place where a shell runs it as it stands there.</summary>
internal sealed class BpfLine
{
    private const string Flags = "$(kheadersfs cflags)";

    private readonly Scratch _scratch;
    private readonly Dictionary<string, string> _environment;

    internal BpfLine(Scratch scratch)
    {
        string clang = ClangCompile.Program();
        _scratch = scratch;
        string programs = Directory.CreateDirectory(scratch.In("bin")).FullName;
        File.CreateSymbolicLink(Path.Combine(programs, "clang"), clang);
        File.CreateSymbolicLink(Path.Combine(programs, "kheadersfs"), Subject.Path);
        _environment = new Dictionary<string, string>(scratch.Environment, StringComparer.Ordinal)
        {
            ["PATH"] = $"{programs}:{Environment.GetEnvironmentVariable("PATH")}",
        };
    }

    /// <summary>As a terminal shows it: lines that end in &amp;&amp; go on.</summary>
    internal static string Text { get; } = FromManual();

    /// <summary>Runs it, for the running kernel's headers.</summary>
    internal ProcessRun Run(string source) => Run("line", source, Text, _environment);

    /// <summary>Runs it with flags that have been printed before, in a directory of its own.</summary>
    internal ProcessRun Run(string name, string source, string flags)
    {
        Assert.Contains(Flags, Text, StringComparison.Ordinal);
        var environment = new Dictionary<string, string>(_environment, StringComparer.Ordinal) { ["FLAGS"] = flags };
        return Run(name, source, Text.Replace(Flags, "$FLAGS", StringComparison.Ordinal), environment);
    }

    /// <summary>What it has made.</summary>
    internal BpfObject Result(string name = "line") => new(File.ReadAllBytes(Path.Combine(_scratch.In(name), "prog.o")));

    private ProcessRun Run(string name, string source, string line, Dictionary<string, string> environment)
    {
        string directory = Directory.CreateDirectory(_scratch.In(name)).FullName;
        File.WriteAllText(Path.Combine(directory, "prog.c"), source);
        return ProcessRun.Of(["sh", "-c", line], directory, environment);
    }

    private static string FromManual()
    {
        string[] manual = File.ReadAllLines(Path.Combine(Subject.RepositoryRoot(), "src", "KHeadersFs", "Manual", "kheadersfs.8.in"));
        int first = Array.FindIndex(manual, static line => line.StartsWith("clang ", StringComparison.Ordinal) && line.Contains(Flags, StringComparison.Ordinal));
        Assert.True(first >= 0, $"the manual has no line with clang and {Flags}");
        int end = Array.FindIndex(manual, first, static line => line.StartsWith(".Ed", StringComparison.Ordinal));
        return string.Join('\n', manual[first..end]);
    }
}
