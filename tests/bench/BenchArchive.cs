using System.Diagnostics;
using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Bench;

/// <summary>The archive that all benchmarks are about, as stores of both kinds.</summary>
internal static class BenchArchive
{
    internal static string Path { get; set; } = "";

    /// <summary>The store as it comes of a kernel's archive: zstd blocks of 16 KiB.</summary>
    internal static SafeFileHandle Packed() => Build(File.OpenHandle(Path));

    /// <summary>The store of the same tree in .xz blocks of 256 KiB, which are kept.</summary>
    internal static SafeFileHandle Original()
    {
        string again = System.IO.Path.GetTempFileName();
        try
        {
            const string script = "xz -dc \"$1\" | xz -1 --block-size=256KiB >\"$2\"";
            using Process process = Process.Start("sh", ["-c", script, "sh", Path, again]);
            process.WaitForExit();
            return Build(File.OpenHandle(again));
        }
        finally
        {
            File.Delete(again);
        }
    }

    /// <summary>The files of a tree, in an order that no cache foresees and that is the same every time.</summary>
    internal static int[] Files(NodeTable nodes, Func<int, bool> which)
    {
        int[] files = [.. Enumerable.Range(0, nodes.Count).Where(n => nodes.Kind(n) == NodeKind.File && which(n))];
        new Random(1).Shuffle(files);
        return files;
    }

    private static SafeFileHandle Build(SafeFileHandle archive) =>
        StoreBuilder.Build(archive, new BuildOptions(new ArchiveLimits(), static _ => { }));
}
