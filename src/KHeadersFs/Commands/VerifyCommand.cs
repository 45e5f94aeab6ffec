using System.Globalization;
using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;
using KHeadersFs.Interop;
using KHeadersFs.Logging;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Serving;
using KHeadersFs.Sources;

namespace KHeadersFs.Commands;

/// <summary>
/// verify: reads an archive as a mount would, to its end, and mounts nothing: every check of the compressed data, the rules of tar, members
/// that cannot be served, links that lead nowhere.
/// </summary>
internal static class VerifyCommand
{
    /// <summary>The archive has a fault.</summary>
    private const ExitCode Faulty = ExitCode.Usage;

    /// <summary>Verifies the archive that the settings name.</summary>
    /// <exception cref="ProgramException">It cannot be opened.</exception>
    internal static CommandResult Run(MountSettings settings)
    {
        string? fault = null;
        var log = Log.ToStandardError();
        using var module = new KernelModule(settings.KeepModule, log.Warn);
        module.Begin();
        EndingSignals.Handle(Interrupted, static () => { });
        using ArchiveSource source = ArchiveSource.Open(settings.Source, module, settings.Limits);
        var counts = new int[3];
        long bytes = 0;
        try
        {
            using HeaderStore store = HeaderStore.Open(source.BuildStore(settings.Limits, Note, cache: null));
            Count(store.Nodes, counts);
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
                $"{{\"archive\":{JsonText.Of(source.Path)},\"fault\":{JsonText.Of(fault)},\"files\":{counts[0]},\"directories\":{counts[1]},\"links\":{counts[2]},\"bytes\":{bytes}}}\n")
            : fault is null
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{PathText.Printable(source.Path)}: no fault in {counts[0]} files of {bytes} bytes, {counts[1]} directories and {counts[2]} links\n")
                : "";
        return new CommandResult(fault is null ? ExitCode.Success : Faulty, output, fault is null ? "" : $"{source.Path}: {fault}");

        // The first one.
        void Note(string line) => fault ??= line;

        void Interrupted()
        {
            module.Dispose();
            log.Write(LogLevel.Error, $"{settings.Source}: interrupted before it was verified");
            LibC.ExitNow((int)ExitCode.Interrupted);
        }
    }

    private static void Count(NodeTable nodes, int[] counts)
    {
        for (int node = 0; node < nodes.Count; node++)
        {
            counts[nodes.Kind(node) switch { NodeKind.File => 0, NodeKind.Directory => 1, _ => 2 }]++;
        }
    }
}
