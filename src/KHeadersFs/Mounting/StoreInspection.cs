using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;
using KHeadersFs.Options;
using KHeadersFs.Serving;
using KHeadersFs.Sources;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>Looks into a finished store, a new or a kept one, for what its users should hear before it is mounted.</summary>
internal static class StoreInspection
{
    /// <summary>
    /// Compares the archive's kernel release with the one that is wanted, looks for the subdirectory, and for links that lead nowhere in
    /// what will be mounted.
    /// </summary>
    /// <exception cref="ProgramException">Another release with release=check, or no such subdirectory.</exception>
    internal static void Check(SafeFileHandle file, MountSettings settings, ArchiveSource source, Action<string> warn)
    {
        // The descriptor stays the caller's.
        using HeaderStore store = HeaderStore.Open(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false));
        if (settings.Release != ReleasePolicy.Ignore && !settings.Uapi) // whose headers do not tell it
        {
            CheckRelease(source.Release is { } known ? (known.Length > 0 ? known : null) : StoredRelease.Of(store), settings, source.Path, warn);
        }

        int root = SubTree.Find(store.Nodes, settings.SubDirectory) ?? throw new ProgramException(
            ExitCode.MountFailure, $"{source.Path}: has no directory {settings.SubDirectory} for -o subdir; name one of its own, such as include");
        CheckLinks(DanglingLinks.Find(store.Nodes, root, settings.Limits.LinkSteps), source.Path, warn);
    }

    /// <summary>One line for all of them: Android's Bazel builds have packed links into the build's sandbox (bcc#4503).</summary>
    private static void CheckLinks(DanglingLinks links, string source, Action<string> warn)
    {
        if (!links.IsComplete)
        {
            warn($"{source}: where all of its links lead takes too long to see; -o limit_link_steps=N allows more");
        }

        if (links.Count == 0)
        {
            return;
        }

        string what = links.Count == 1
            ? $"a link leads nowhere, {links.Example}, and what includes it"
            : $"{links.Count} links lead nowhere, such as {links.Example}, and what includes them";
        string remedy = links.OnlyLeavesRoot
            ? "mount without -o subdir"
            : "give an archive that holds the headers themselves (Bazel builds of Android have packed links)";
        warn($"{source}: {what} does not compile; {remedy}");
    }

    private static void CheckRelease(string? release, MountSettings settings, string source, Action<string> warn)
    {
        string? named = SourceName.ReleaseOf(settings.Source);
        string wanted = named ?? KernelArchive.RunningRelease;
        if (string.Equals(release, wanted, StringComparison.Ordinal))
        {
            return;
        }

        string difference = release is null
            ? $"{source}: does not tell its kernel release (no {StoredRelease.Header})"
            : $"{source}: holds headers of kernel {release}, and {wanted} is {(named is null ? "running" : "wanted")}";
        if (settings.Release == ReleasePolicy.Check)
        {
            throw new ProgramException(ExitCode.MountFailure, difference + "; mount the archive of this kernel, or with -o release=warn");
        }

        warn(difference);
    }
}
