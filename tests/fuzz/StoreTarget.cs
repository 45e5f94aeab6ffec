using System.Runtime.InteropServices;
using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Serving;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Fuzz;

/// <summary>
/// Stores that have been changed, in half of them with the checksums of header and tables right again. No such store is ever served but one of
/// the same user's own making: here it must not bring the server down.
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
            int place = random.Next(4) switch
            {
                0 => random.Next(StoreHeader.Size),
                1 => random.Next(store.Length),
                _ => start + random.Next(length),
            };
            store[place] = (byte)(random.Next(3) == 0 ? 0xFF : random.Next(256));
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
            var files = new HeaderFileSystem(store, 0, 0, 0, 0, static _ => { });
            byte[] buffer = new byte[65536];
            for (int i = 0; i < 40; i++)
            {
                ulong node = (ulong)random.Next(1, 30);
                try
                {
                    _ = files.GetAttributes(node, out _);
                    _ = files.Read(node, (ulong)random.Next(3) * 1000, buffer, out _);
                    _ = files.ReadLink(node, buffer, out _);
                    _ = files.Lookup(node, "include"u8, out _);
                }
                catch (Exception e) when (e is IndexOutOfRangeException or ArgumentException or OverflowException)
                {
                    // FuseDispatcher makes it the EIO of one request.
                }
            }
        }

        return true;
    }
}
