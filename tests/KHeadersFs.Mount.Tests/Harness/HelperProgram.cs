using System.Collections.Concurrent;

namespace KHeadersFs.Mount.Tests;

/// <summary>Programs in C that tests use: each is compiled once in a run, at its first use.</summary>
internal static class HelperProgram
{
    private static readonly ConcurrentDictionary<string, Lazy<string>> s_made = new(StringComparer.Ordinal);

    /// <summary>The program of a source file.</summary>
    /// <param name="source">Its path below the project's folder.</param>
    internal static string Of(string source) => s_made.GetOrAdd(source, static path => new Lazy<string>(() => Compile(path))).Value;

    private static string Compile(string source)
    {
        string folder = Directory.CreateDirectory(Path.Combine(ScratchSpace.Root, "helpers")).FullName;
        string program = Path.Combine(folder, Path.GetFileNameWithoutExtension(source));
        ProcessRun.Of(
            ["gcc", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, Path.Combine(Subject.RepositoryRoot(), "tests/KHeadersFs.Mount.Tests", source)]).Succeeded();
        return program;
    }
}
