using System.Text.RegularExpressions;

namespace KHeadersFs.Mount.Tests;

/// <summary>What every failure to mount must look like.</summary>
internal static partial class FailedMount
{
    internal const int Usage = 1;
    internal const int SystemError = 2;
    internal const int Bug = 4;
    internal const int Interrupted = 8;
    internal const int MountFailure = 32;

    /// <summary>Of a server whose connection was aborted.</summary>
    internal const int NoAnswer = 16;

    /// <summary>Runs the program, which must fail with <paramref name="code"/> and a line that has all of these words.</summary>
    internal static void Expect(int code, string words, Scratch scratch, params string[] arguments)
    {
        string[] problems = Problems(code, words, scratch, Subject.Run(scratch, arguments, Deadline.Long));
        Clear(scratch);
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    /// <summary>All that is wrong with a failed run: code, message, and what it has left behind.</summary>
    internal static string[] Problems(int code, string words, Scratch scratch, ProcessRun run)
    {
        var problems = new List<string>();
        Check(problems, run.ExitCode == code, $"exit code {run.ExitCode}, not {code}");
        Check(problems, run.Output.Length == 0, $"printed to standard output: {run.Output}");
        Regex form = code == Usage ? OneUsageLine() : OneLine();
        Check(problems, form.IsMatch(run.Error), $"not one line of the form {form}");
        Check(problems, Message.Has(run.Error, words), $"does not have all of the words {words}");
        problems.AddRange(Leftovers(scratch));
        return problems.Count == 0 ? [] : [.. problems, $"{run.Command}: {run.Error.TrimEnd()}"];
    }

    /// <summary>Mounts, processes and files that are still there.</summary>
    internal static IReadOnlyList<string> Leftovers(Scratch scratch)
    {
        var problems = new List<string>();
        Check(problems, MountTable.At(scratch.MountPoint) is null, $"a mount is left on {scratch.MountPoint}");
        Check(problems, Subject.Processes().Count == 0, $"processes are left: {string.Join(' ', Subject.Processes())}");
        Check(problems, scratch.FilesLeft().Length == 0, $"files are left: {string.Join(' ', scratch.FilesLeft())}");
        return problems;
    }

    /// <summary>Kills and unmounts what a run that should have failed has left, so that the next one starts clean.</summary>
    internal static void Clear(Scratch scratch)
    {
        foreach (int id in Subject.Processes())
        {
            _ = Mono.Unix.Native.Syscall.kill(id, Mono.Unix.Native.Signum.SIGKILL);
        }

        while (MountTable.At(scratch.MountPoint) is not null && Native.umount2(scratch.MountPoint, Native.MNT_DETACH) == 0)
        {
        }
    }

    private static void Check(List<string> problems, bool holds, string problem)
    {
        if (!holds)
        {
            problems.Add(problem);
        }
    }

    // "kheadersfs: SUBJECT: what is wrong; what to do".
    [GeneratedRegex(@"\Akheadersfs: [^\n]+: [^\n]+; [^\n]+\n\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OneLine();

    // The subject of a missing argument is the command line itself.
    [GeneratedRegex(@"\Akheadersfs: [^\n]+; [^\n]+\n\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OneUsageLine();
}
