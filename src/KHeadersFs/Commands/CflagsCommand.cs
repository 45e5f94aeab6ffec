using System.Buffers;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Sources;

namespace KHeadersFs.Commands;

/// <summary>cflags: what to give to a compiler. Runs in a <see cref="Looker"/>, since it looks into the directory.</summary>
internal static class CflagsCommand
{
    /// <summary>A shell splits what $(kheadersfs cflags) gives at blanks, and takes it for patterns.</summary>
    private static readonly SearchValues<char> s_marks = SearchValues.Create(" \t\n*?[");

    /// <summary>What it is about when nothing else is named: the running kernel's tree.</summary>
    internal static string UsualPlace => $"/lib/modules/{KernelArchive.RunningRelease}/build";

    /// <summary>For the tree that the settings name, or the running kernel's.</summary>
    /// <exception cref="ProgramException">There are no headers, or a shell cannot take the flags.</exception>
    internal static CommandResult Run(MountSettings settings)
    {
        string tree = settings.Directory.Length > 0 ? PosixDirectory.Absolute(settings.Directory) : UsualPlace;
        if (!PosixFile.Exists($"{tree}/{CompilerFlags.Landmark}"))
        {
            throw new ProgramException(
                ExitCode.MountFailure,
                $"{tree}: holds no kernel headers ({CompilerFlags.Landmark}); mount them: kheadersfs kheaders {tree} -o mkdir");
        }

        CompilerFlags flags = CompilerFlags.For(tree) ?? throw new ProgramException(
            ExitCode.MountFailure, $"{tree}: does not tell its architecture (no one directory with headers below arch); give another tree");
        if (settings.Json)
        {
            return new CommandResult(
                ExitCode.Success,
                $"{{\"directory\":{JsonText.Of(tree)},\"architecture\":{JsonText.Of(flags.Architecture)},"
                + $"\"flags\":[{string.Join(',', flags.Flags.Select(JsonText.Of))}]}}\n",
                "");
        }

        return tree.AsSpan().IndexOfAny(s_marks) < 0
            ? new CommandResult(ExitCode.Success, string.Join(' ', flags.Flags) + "\n", "")
            : throw new ProgramException(ExitCode.Usage, $"{tree}: has a character that a shell does not leave alone; use --json");
    }
}
