using System.Buffers.Binary;
using KHeadersFs.Archive.Store;
using KHeadersFs.Fuse;

namespace KHeadersFs.Fuzz;

/// <summary>Requests of the kernel, some as they are and some changed, to a whole tree.</summary>
internal sealed class FuseTarget : Target
{
    private const int Header = 40;
    private const uint MaxOpcode = 60;

    private readonly byte[] _request = new byte[FuseDispatcher.RequestBufferSize];
    private Served? _served;

    internal override string Name => "fuse";

    internal override bool Run(Random random)
    {
        _served ??= Serve();
        for (int i = 0; i < 100; i++)
        {
            int body = random.Next(12) == 0 ? random.Next(_request.Length - Header) : random.Next(160);
            Span<byte> request = _request.AsSpan(0, Header + body);
            random.NextBytes(request);
            BinaryPrimitives.WriteInt32LittleEndian(request, random.Next(30) == 0 ? random.Next(_request.Length) : request.Length);
            uint opcode = (uint)random.Next((int)MaxOpcode);
            BinaryPrimitives.WriteUInt32LittleEndian(request[4..], opcode is 26 or 38 ? 3 : opcode); // not INIT and DESTROY again
            BinaryPrimitives.WriteUInt64LittleEndian(request[16..], random.Next(8) == 0 ? (ulong)random.NextInt64() : (ulong)random.Next(40));
            BinaryPrimitives.WriteUInt16LittleEndian(request[36..], (ushort)(random.Next(20) == 0 ? random.Next(ushort.MaxValue) : 0));
            if (body >= 24 && random.Next(2) == 0)
            {
                // Offset and size of READ and READDIR: in what there is, mostly.
                BinaryPrimitives.WriteUInt64LittleEndian(request[(Header + 8)..], random.Next(10) == 0 ? (ulong)random.NextInt64() : (ulong)random.Next(1000));
                BinaryPrimitives.WriteUInt32LittleEndian(request[(Header + 16)..], (uint)random.Next(random.Next(5) == 0 ? int.MaxValue : 200_000));
            }

            _served.Ask(request);
        }

        Check(_served);
        return true;
    }

    /// <summary>One of each kind, and each with the next one behind it.</summary>
    internal override IEnumerable<byte[]> Seeds()
    {
        for (uint opcode = 1; opcode < MaxOpcode; opcode++)
        {
            byte[] request = new byte[Header + 64];
            BinaryPrimitives.WriteInt32LittleEndian(request, request.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(4), opcode);
            request[16] = 1;
            "include\0"u8.CopyTo(request.AsSpan(Header));
            yield return request;
        }
    }

    /// <summary>Requests one behind the other, each as long as it says or to the end.</summary>
    internal override void Read(byte[] input)
    {
        _served ??= Serve();
        for (ReadOnlySpan<byte> rest = input; rest.Length >= Header;)
        {
            long length = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            int taken = (int)Math.Clamp(length, Header, Math.Min(rest.Length, _request.Length));
            rest[..taken].CopyTo(_request);
            if (_request[4] is not (26 or 38)) // as above
            {
                _served.Ask(_request.AsSpan(0, taken));
            }

            rest = rest[taken..];
        }

        Check(_served);
    }

    private static Served Serve() => new(HeaderStore.Open(StoreBuilder.Build(
        Inputs.FileOf(Inputs.Tar(new Random(7))), new BuildOptions(Inputs.Limits, static _ => { }))));

    private static void Check(Served served)
    {
        if (served.Dispatcher.Counters.Faults != 0)
        {
            throw new InvalidOperationException("a request failed", served.Dispatcher.FirstFault);
        }
    }
}
