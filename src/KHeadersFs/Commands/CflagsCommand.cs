using System.Buffers;
using KHeadersFs.Headers;
using KHeadersFs.Mounting;
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

    /// <summary>
    /// For the tree that the settings name, or the running kernel's: that tree, and not what a client would take in its place ("source" beside "build"), so that
    /// who names a tree gets it. Of a split tree both halves.
    /// </summary>
    /// <exception cref="ProgramException">There are no headers, or a shell cannot take the flags.</exception>
    internal static CommandResult Run(MountSettings settings)
    {
        string tree = settings.Directory.Length > 0 ? PosixDirectory.Absolute(settings.Directory) : UsualPlace;
        HeaderTree found = Look(tree);
        if (!found.IsUsable)
        {
            (ExitCode code, string advice) = AdviceOn(found);
            throw new ProgramException(code, $"{tree}: {found.Description}; {advice}");
        }

        CompilerFlags flags = CompilerFlags.For(found.Directories) ?? throw new ProgramException(
            ExitCode.MountFailure, $"{tree}: does not tell its architecture (no one directory with headers below arch); give another tree");
        if (settings.Json)
        {
            return new CommandResult(
                ExitCode.Success,
                $"{{\"directory\":{JsonText.Of(tree)},\"architecture\":{JsonText.Of(flags.Architecture)},"
                + $"\"flags\":[{string.Join(',', flags.Flags.Select(JsonText.Of))}]}}\n",
                "");
        }

        return found.Directories.FirstOrDefault(static directory => directory.AsSpan().IndexOfAny(s_marks) >= 0) is { } split
            ? throw new ProgramException(ExitCode.Usage, $"{split}: has a character that a shell does not leave alone; use --json")
            : new CommandResult(ExitCode.Success, string.Join(' ', flags.Flags) + "\n", "");
    }

    /// <summary>Of a mount whose server has died the kernel still shows what it remembers; statfs(2) asks the server itself.</summary>
    private static HeaderTree Look(string tree)
    {
        HeaderTree found = HeaderTree.Look(tree);
        return found.IsUsable && Looker.StatFs(tree) is var errno && ExistingMount.IsEnd(errno) ? found with { State = HeaderState.Dead, Errno = errno } : found;
    }

    private static (ExitCode Code, string Advice) AdviceOn(HeaderTree tree) => tree.State switch
    {
        HeaderState.Unfinished => (ExitCode.Usage, $"run it, or mount the kernel's own headers over these: kheadersfs kheaders {tree.Directory} -o force"),
        HeaderState.Remains => (ExitCode.MountFailure, $"mount headers over it: kheadersfs kheaders {tree.Directory} -o force"),
        HeaderState.NoDirectory => (ExitCode.MountFailure, "give a directory with headers"),
        HeaderState.Denied => (
            ExitCode.MountFailure, $"ask as a user who may, or mount headers that everybody may read: sudo kheadersfs kheaders {PlaceAdvice.OtherPlace} -o mkdir"),
        HeaderState.Dead => (ExitCode.NoAnswer, $"mount it again, or kheadersfs -u {tree.Directory}"),
        HeaderState.Unreadable => (ExitCode.MountFailure, "give another directory"),
        _ => (ExitCode.MountFailure, $"mount them: kheadersfs kheaders {tree.Directory} -o mkdir"),
    };
}
