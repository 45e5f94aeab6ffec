using System.Globalization;
using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Sources;

namespace KHeadersFs.Commands;

/// <summary>
/// verify: reads an archive as a mount would, to its end, and mounts nothing: every check of the compressed data, the rules of tar, members
/// that cannot be served, links that lead nowhere.
/// </summary>
internal static class VerifyCommand
{
    /// <summary>Verifies the archive that the settings name.</summary>
    /// <exception cref="ProgramException">It cannot be opened.</exception>
    internal static CommandResult Run(MountSettings settings) =>
        ArchiveReading.Run(settings, "verified", (source, facts) => Verify(source, settings, facts));

    private static CommandResult Verify(ArchiveSource source, MountSettings settings, ArchiveFacts facts)
    {
        string? fault = null;
        NodeCounts counts = default;
        long bytes = 0;
        try
        {
            using HeaderStore store = HeaderStore.Open(source.BuildStore(new BuildOptions(settings.Limits, Note, Facts: facts)));
            counts = NodeCounts.Of(store.Nodes);
            bytes = store.FileBytes;
            DanglingLinks links = DanglingLinks.Find(store.Nodes, root: 0, settings.Limits.LinkSteps);
            if (links.Count > 0)
            {
                Note(string.Create(CultureInfo.InvariantCulture, $"{links.Count} of its links lead nowhere, such as {links.Example}"));
            }
            else if (!links.IsComplete)
            {
                Note("where all of its links lead takes too long to see; -o limit_link_steps=N allows more");
            }
        }
        catch (ArchiveException e)
        {
            fault = e.Message; // what was left out before is less
        }

        string output = settings.Json
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"archive\":{JsonText.Of(source.Path)},\"fault\":{JsonText.Of(fault)},\"files\":{counts.Files},\"directories\":{counts.Directories},\"links\":{counts.Links},\"bytes\":{bytes}}}\n")
            : fault is null
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{PathText.Printable(source.Path)}: no fault in {counts.Files} files of {bytes} bytes, {counts.Directories} directories and {counts.Links} links\n")
                : "";

        // A fault is no failure of the program: the same status as for a wrong argument.
        return new CommandResult(fault is null ? ExitCode.Success : ExitCode.Usage, output, fault is null ? "" : $"{source.Path}: {fault}");

        // The first one.
        void Note(string line) => fault ??= line;
    }
}
