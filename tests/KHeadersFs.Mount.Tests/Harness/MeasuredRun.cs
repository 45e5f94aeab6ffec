using System.Globalization;

namespace KHeadersFs.Mount.Tests;

/// <summary>A run of the program to its end, and the most that it had resident, which the kernel counts: no sample can miss it.</summary>
/// <param name="Run">What it said.</param>
/// <param name="Resident">Bytes, of the process that mounts; the server that it leaves behind is not counted.</param>
internal sealed record MeasuredRun(ProcessRun Run, long Resident)
{
    // ru_maxrss (getrusage(2)) of a child that has been waited for, in KiB.
    private const string Script = """
        import resource, subprocess, sys
        code = subprocess.call(sys.argv[2:])
        with open(sys.argv[1], "w") as file:
            file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
        sys.exit(code)
        """;

    internal static MeasuredRun Of(Scratch scratch, IReadOnlyList<string> arguments, TimeSpan limit)
    {
        string figure = scratch.In("ru_maxrss");
        var run = ProcessRun.Of(
            ["/usr/bin/python3", "-I", "-c", Script, figure, Subject.Path, .. arguments], scratch.Work, scratch.Environment, limit: limit);
        return new MeasuredRun(run, 1024 * long.Parse(File.ReadAllText(figure), CultureInfo.InvariantCulture));
    }
}
