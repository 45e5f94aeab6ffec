using System.Runtime.InteropServices;
using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;
using KHeadersFs.Priming;
using KHeadersFs.Serving;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Fuzz;

/// <summary>
/// Stores that have been changed, in half of them with the checksums of header and tables right again, as a decoder might write them that an
/// archive has taken over. Each is refused, or its tree can be walked in all ways in which the program walks one.
/// </summary>
internal sealed class StoreTarget : Target
{
    private byte[] _store = [];

    internal override string Name => "store";

    internal override bool Run(Random random)
    {
        if (_store.Length == 0)
        {
            _store = Build(3);
        }

        byte[] store = [.. _store];
        ref StoreHeader header = ref MemoryMarshal.AsRef<StoreHeader>(store.AsSpan(0, StoreHeader.Size));
        (int start, int length) = ((int)header.TablesOffset, (int)header.TablesLength);
        for (int changes = random.Next(1, 5); changes > 0; changes--)
        {
            Change(random, store, start, length);
        }

        if (random.Next(2) == 0)
        {
            FixChecksums(store, start, length);
        }

        return TryServe(random, random.Next(10) == 0 ? store[..random.Next(store.Length)] : store);
    }

    internal override IEnumerable<byte[]> Seeds() => new[] { 3, 7 }.Select(Build).Where(static s => s.Length < 100_000);

    internal override void Read(byte[] input)
    {
        if (input.Length >= StoreHeader.Size)
        {
            ref StoreHeader header = ref MemoryMarshal.AsRef<StoreHeader>(input.AsSpan(0, StoreHeader.Size));
            int start = (int)Math.Clamp((long)header.TablesOffset, 0, input.Length);
            FixChecksums(input, start, (int)Math.Clamp((long)header.TablesLength, 0, input.Length - start));
        }

        _ = TryServe(new Random(1), input);
    }

    private static byte[] Build(int seed)
    {
        using var built = StoreBuilder.Build(Inputs.FileOf(Inputs.Tar(new Random(seed))), new BuildOptions(Inputs.Limits, static _ => { }));
        byte[] store = new byte[RandomAccess.GetLength(built)];
        RandomAccess.Read(built, store, 0);
        return store;
    }

    private static void Change(Random random, byte[] store, int start, int length)
    {
        switch (random.Next(5))
        {
            case 0:
                store[random.Next(StoreHeader.Size)] = Byte();
                break;
            case 1:
                store[random.Next(store.Length)] = Byte();
                break;
            case 2:
                // One that another row could have: a node, a count, a place in the text.
                int row = start + (random.Next(length / sizeof(uint)) * sizeof(uint));
                BitConverter.TryWriteBytes(store.AsSpan(row), random.Next(40));
                break;
            case 3:
                int from = start + (random.Next(length / sizeof(uint)) * sizeof(uint));
                int to = start + (random.Next(length / sizeof(uint)) * sizeof(uint));
                store.AsSpan(from, sizeof(uint)).CopyTo(store.AsSpan(to));
                break;
            default:
                store[start + random.Next(length)] = Byte();
                break;
        }

        byte Byte() => (byte)(random.Next(3) == 0 ? 0xFF : random.Next(256));
    }

    private static void FixChecksums(byte[] store, int start, int length)
    {
        ref StoreHeader header = ref MemoryMarshal.AsRef<StoreHeader>(store.AsSpan(0, StoreHeader.Size));
        header.Magic = StoreHeader.ExpectedMagic;
        header.Version = StoreHeader.CurrentVersion;
        header.TablesCrc = StoreChecksum.Continue(0, store.AsSpan(start, length));
        header.HeaderCrc = StoreChecksum.Of(header);
    }

    private static bool TryServe(Random random, byte[] bytes)
    {
        HeaderStore store;
        SafeFileHandle file = Inputs.FileOf(bytes);
        try
        {
            store = HeaderStore.Open(file);
        }
        catch (ArchiveException)
        {
            file.Dispose();
            return false;
        }

        using (store)
        {
            Walk(store);
            Ask(random, store);
        }

        return true;
    }

    /// <summary>As the mounting process and -o prime do.</summary>
    private static void Walk(HeaderStore store)
    {
        Inputs.CheckTree(store.Nodes);
        _ = DanglingLinks.Find(store.Nodes, 0, maxSteps: 10_000);
        var plan = new PrimePlan(store.Nodes, 0);
        var batch = new WalkBatch(store.Nodes, 0);
        foreach (int directory in plan.Directories.Concat(plan.Files))
        {
            batch.Clear();
            _ = batch.TryAdd(WalkAction.List, directory);
        }
    }

    private static void Ask(Random random, HeaderStore store)
    {
        var files = new HeaderFileSystem(store, 0, 0, 0, 0, static _ => { });
        byte[] buffer = new byte[65536];
        for (int i = 0; i < 40; i++)
        {
            ulong node = (ulong)random.Next(1, 30);
            _ = files.GetAttributes(node, out _);
            _ = files.Read(node, (ulong)random.Next(3) * 1000, buffer, out _);
            _ = files.ReadLink(node, buffer, out _);
            _ = files.Lookup(node, "include"u8, out _);
        }
    }
}
