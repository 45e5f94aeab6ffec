using System.Formats.Tar;
using System.Text;
using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Fuzz;

/// <summary>From bytes to a store, and what must be true of one that was taken.</summary>
internal static class Inputs
{
    /// <summary>Low, so that an input that is taken for much larger than it is does not take the machine.</summary>
    internal static ArchiveLimits Limits { get; } = new() { DecodedBytes = 64 << 20, StoreBytes = 64 << 20, Members = 100_000 };

    /// <summary>A small tar of headers of all kinds.</summary>
    internal static byte[] Tar(Random random)
    {
        using var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, random.Next(2) == 0 ? TarEntryFormat.Gnu : TarEntryFormat.Pax, leaveOpen: true))
        {
            for (int i = random.Next(1, 12); i > 0; i--)
            {
                string name = random.Next(8) switch
                {
                    0 => new string('n', random.Next(1, 300)),
                    1 => $"d{random.Next(4)}/{new string('x', random.Next(1, 120))}/y.h",
                    _ => $"include/linux/h{random.Next(20)}.h",
                };
                TarEntryType type = random.Next(6) switch
                {
                    0 => TarEntryType.Directory,
                    1 => TarEntryType.SymbolicLink,
                    2 => TarEntryType.HardLink,
                    _ => TarEntryType.RegularFile,
                };
                TarEntry entry = writer.Format is TarEntryFormat.Pax ? new PaxTarEntry(type, name) : new GnuTarEntry(type, name);
                if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                {
                    entry.LinkName = $"include/linux/h{random.Next(20)}.h";
                }
                else if (type is TarEntryType.RegularFile)
                {
                    entry.DataStream = new MemoryStream(Encoding.ASCII.GetBytes(new string('/', random.Next(4) == 0 ? random.Next(100_000) : random.Next(600))));
                }

                writer.WriteEntry(entry);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Builds a store of what is a file's bytes, and reads all of it; false when it was refused as it should be.</summary>
    internal static bool TryServe(byte[] file, bool uapi = false)
    {
        try
        {
            using HeaderStore store = HeaderStore.Open(StoreBuilder.Build(
                FileOf(file), new BuildOptions(Limits, static _ => { }, View: uapi ? new Archive.Views.UapiView() : null)));
            ReadAll(store);
            return true;
        }
        catch (ArchiveException e)
        {
            // A line for people: one, and it says something.
            if (e.Message.Length == 0 || e.Message.Contains('\n', StringComparison.Ordinal) || e.Message.Any(char.IsControl))
            {
                throw new InvalidOperationException($"no line for people: {e.Message}", e);
            }

            return false;
        }
    }

    /// <summary>The bytes in a file that has no name.</summary>
    internal static SafeFileHandle FileOf(byte[] bytes)
    {
        SafeFileHandle file = MemoryFile.Create("fuzz");
        RandomAccess.Write(file, bytes, 0);
        return file;
    }

    /// <summary>A tree, whose files are as long as they say.</summary>
    internal static void ReadAll(HeaderStore store)
    {
        CheckTree(store.Nodes);
        byte[] buffer = new byte[64 << 10];
        foreach (int file in Enumerable.Range(0, store.Nodes.Count).Where(n => store.Nodes.Kind(n) == NodeKind.File))
        {
            Read(store, file, buffer);
        }
    }

    /// <summary>A tree without a circle, whose names are names, in order and each once.</summary>
    internal static void CheckTree(NodeTable nodes)
    {
        Require(nodes.Kind(0) == NodeKind.Directory, "the root is no directory");
        for (int node = 0; node < nodes.Count; node++)
        {
            switch (nodes.Kind(node))
            {
                case NodeKind.Directory:
                    for (int child = 0; child < nodes.ChildCount(node); child++)
                    {
                        CheckChild(nodes, node, nodes.FirstChild(node) + child, child == 0);
                    }

                    break;
                case NodeKind.Symlink:
                    Require(nodes.Target(node).Length == (int)nodes.Size(node), "a link's target has another length");
                    break;
                default:
                    Require(nodes.Kind(node) == NodeKind.File, "a node is of no kind");
                    break;
            }
        }
    }

    private static void CheckChild(NodeTable nodes, int directory, int node, bool isFirst)
    {
        ReadOnlySpan<byte> name = nodes.Name(node);
        Require(node > directory, "a directory stands behind what is in it");
        Require(nodes.Parent(node) == directory, "an entry is in another directory than its parent");
        Require(name.Length is > 0 and <= 255 && name.IndexOf((byte)'/') < 0 && name.IndexOf((byte)0) < 0, "a name is none");
        Require(isFirst || nodes.Name(node - 1).SequenceCompareTo(name) < 0, "names are out of order, or twice");
        Require(nodes.Lookup(directory, name) == node, "a name is not found");
    }

    private static void Read(HeaderStore store, int node, byte[] buffer)
    {
        ulong offset = 0;
        while (store.Read(node, offset, buffer) is > 0 and int read)
        {
            offset += (ulong)read;
        }

        Require(offset == store.Nodes.Size(node), "a file is shorter than it says");
    }

    private static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new InvalidOperationException(fault);
        }
    }
}
