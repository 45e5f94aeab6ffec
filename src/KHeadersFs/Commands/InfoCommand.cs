using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Serving;
using KHeadersFs.Sources;

namespace KHeadersFs.Commands;

/// <summary>info: reads an archive as a mount would, mounts nothing, and tells what it is of and what serving it takes.</summary>
internal static class InfoCommand
{
    /// <summary>Of the archive that the settings name.</summary>
    /// <exception cref="ProgramException">It cannot be opened.</exception>
    internal static CommandResult Run(MountSettings settings)
    {
        // Read now: with the archive open, nothing else can be opened any more.
        string running = KernelArchive.RunningRelease;
        return ArchiveReading.Run(settings, "read", (source, facts) => Tell(source, settings, running, facts));
    }

    private static CommandResult Tell(ArchiveSource source, MountSettings settings, string running, ArchiveFacts facts)
    {
        try
        {
            // What is left out is verify's matter.
            using HeaderStore store = HeaderStore.Open(source.BuildStore(new BuildOptions(settings.Limits, static _ => { }, Facts: facts)));
            string? release = StoredRelease.Of(store);
            var info = new ArchiveInfo(
                source.Path,
                source.IsFromModule,
                release,
                string.Equals(release, running, StringComparison.Ordinal),
                ArchitectureOf(store.Nodes),
                facts,
                NodeCounts.Of(store.Nodes),
                store.FileBytes,
                store.Length,
                KernelOptions.Of(store));
            return new CommandResult(ExitCode.Success, settings.Json ? info.ToJson() : info.ToText(), "");
        }
        catch (ArchiveException e)
        {
            // As verify.
            return new CommandResult(ExitCode.Usage, "", $"{source.Path}: {e.Message}");
        }
    }

    private static string? ArchitectureOf(NodeTable nodes)
    {
        if (SubTree.Find(nodes, "arch") is not { } arch)
        {
            return null;
        }

        IEnumerable<string> names = Enumerable.Range(nodes.FirstChild(arch), nodes.ChildCount(arch)).Select(child => PathText.FromBytes(nodes.Name(child)));
        return CompilerFlags.ArchitectureOf(names, path => SubTree.Find(nodes, path) is not null);
    }
}
