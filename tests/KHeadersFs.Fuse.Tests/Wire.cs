using System.Buffers.Binary;
using System.Text;

namespace KHeadersFs.Fuse.Tests;

/// <summary>Requests and replies in hexadecimal digits, little-endian; blanks do not count.</summary>
internal static class Wire
{
    /// <summary>INIT of a 7.45 kernel: 16 + 48 bytes of body, every flag offered.</summary>
    internal static readonly byte[] Init = Request(26, 0,
        "07000000", "2d000000", // major, minor
        "00000200", // max_readahead 128 KiB
        "ffffffff", "00000000", // flags, flags2
        new string('0', 88)); // unused

    internal static byte[] Hex(params string[] parts) =>
        Convert.FromHexString(string.Concat(parts).Replace(" ", "", StringComparison.Ordinal));

    /// <summary>A request with unique 0x1122334455667788, uid 1000, gid 1001, pid 4242 and the right length.</summary>
    internal static byte[] Request(uint opcode, ulong node, params string[] body)
    {
        byte[] tail = Hex(body);
        byte[] request = new byte[40 + tail.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(request, (uint)request.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(4), opcode);
        BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(8), 0x1122334455667788);
        BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(16), node);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(24), 1000);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(28), 1001);
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(32), 4242);
        tail.CopyTo(request, 40);
        return request;
    }

    internal static string Text(string text) => Convert.ToHexString(Encoding.UTF8.GetBytes(text));

    /// <summary>Body of READ, READDIR and READDIRPLUS.</summary>
    internal static string ReadIn(ulong offset, uint size) => string.Concat(
        U64(0), // fh
        U64(offset),
        U32(size),
        U32(0), // read_flags
        U64(0), // lock_owner
        U32(0), // flags
        U32(0)); // padding

    internal static string U32(uint value) => Convert.ToHexString(BitConverter.GetBytes(value));

    internal static string U64(ulong value) => Convert.ToHexString(BitConverter.GetBytes(value));

    internal static FuseDispatcher Connected(IReadOnlyFileSystem? tree = null, FuseOptions? options = null)
    {
        var dispatcher = new FuseDispatcher(tree ?? FakeTree.Sample(), options ?? new FuseOptions());
        byte[] reply = Answer(dispatcher, Init);
        Assert.Equal(80, reply.Length);
        return dispatcher;
    }

    internal static byte[] Answer(FuseDispatcher dispatcher, ReadOnlySpan<byte> request)
    {
        byte[] reply = new byte[FuseDispatcher.ReplyBufferSize];
        Array.Fill(reply, (byte)0xA5); // leftovers of an earlier reply must not show
        int length = dispatcher.Dispatch(request, reply);
        return reply[..length];
    }

    internal static Errno ErrorOf(byte[] reply) => (Errno)(-BitConverter.ToInt32(reply, 4));
}
