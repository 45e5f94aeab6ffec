using System.Text;
using KHeadersFs.Archive.Store;
using KHeadersFs.Options;
using KHeadersFs.Serving;
using KHeadersFs.Sources;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>Looks into a finished store for what the settings ask about it.</summary>
internal static class StoreInspection
{
    /// <summary>Where <see cref="ReleaseHeader"/> always is.</summary>
    private const string ReleaseDirectory = "include/generated";

    /// <summary>Holds <c>#define UTS_RELEASE "..."</c>.</summary>
    private const string ReleaseHeader = "utsrelease.h";

    /// <summary>Compares the archive's kernel release with the running one, and looks for the subdirectory.</summary>
    /// <exception cref="ProgramException">Another release with release=check, or no such subdirectory.</exception>
    internal static void Check(SafeFileHandle file, MountSettings settings, string source, Action<string> warn)
    {
        bool wanted = settings.Release != ReleasePolicy.Ignore || settings.SubDirectory.Length > 0;
        if (!wanted)
        {
            return;
        }

        // The descriptor stays the caller's.
        using HeaderStore store = HeaderStore.Open(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false));
        if (settings.Release != ReleasePolicy.Ignore)
        {
            CheckRelease(store, settings.Release, source, warn);
        }

        if (settings.SubDirectory.Length > 0 && SubTree.Find(store.Nodes, settings.SubDirectory) is null)
        {
            throw new ProgramException(
                ExitCode.MountFailure, $"{source}: has no directory {settings.SubDirectory} for -o subdir; name one of its own, such as include");
        }
    }

    private static void CheckRelease(HeaderStore store, ReleasePolicy policy, string source, Action<string> warn)
    {
        string? release = ReadRelease(store);
        string running = KernelArchive.RunningRelease;
        if (string.Equals(release, running, StringComparison.Ordinal))
        {
            return;
        }

        string difference = release is null
            ? $"{source}: does not tell its kernel release (no {ReleaseDirectory}/{ReleaseHeader})"
            : $"{source}: holds headers of kernel {release}, and {running} is running";
        if (policy == ReleasePolicy.Check)
        {
            throw new ProgramException(ExitCode.MountFailure, difference + "; mount the archive of this kernel, or with -o release=warn");
        }

        warn(difference);
    }

    private static string? ReadRelease(HeaderStore store)
    {
        int node = SubTree.Find(store.Nodes, ReleaseDirectory) is { } directory
            ? store.Nodes.Lookup(directory, Encoding.UTF8.GetBytes(ReleaseHeader))
            : -1;
        if (node < 0)
        {
            return null;
        }

        Span<byte> header = stackalloc byte[512];
        string text = Encoding.UTF8.GetString(header[..store.Read(node, 0, header)]);
        string[] quoted = text.Split('"');
        return quoted.Length >= 3 ? quoted[1] : null;
    }
}
