using System.Buffers.Binary;
using static KHeadersFs.Fuse.Tests.Wire;

namespace KHeadersFs.Fuse.Tests;

public class MalformedRequestTests
{
    [Fact]
    public void Any_request_cut_short_anywhere_is_invalid_or_silent()
    {
        FuseDispatcher dispatcher = Connected();
        for (uint opcode = 0; opcode < 60; opcode++)
        {
            int body = OperationTable.Find(opcode).MinimalBody;
            byte[] whole = Request(opcode, 1, new string('0', body * 2));
            for (int length = 0; length < whole.Length; length++)
            {
                AssertShort(Answer(dispatcher, whole.AsSpan(0, length)), opcode, length); // header says more
                byte[] honest = whole[..length];
                if (length >= 4)
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(honest, (uint)length);
                }

                AssertShort(Answer(dispatcher, honest), opcode, length);
            }
        }
    }

    [Fact]
    public void A_request_longer_than_its_header_says_is_invalid()
    {
        byte[] request = [.. Request(17, 1), 0];
        Assert.Equal(Errno.EINVAL, ErrorOf(Answer(Connected(), request)));
    }

    [Fact]
    public void Extensions_at_the_end_are_no_part_of_the_body()
    {
        byte[] request = Request(1, 1, Text("hello.txt\0"), "0011223344556677");
        request[36] = 1; // total_extlen: 8 bytes
        Assert.Equal(144, Answer(Connected(), request).Length);
        request[36] = 3; // longer than the body
        Assert.Equal(Errno.EINVAL, ErrorOf(Answer(Connected(), request)));
    }

    [Fact]
    public void Random_requests_never_throw_and_replies_are_well_formed()
    {
        FuseDispatcher dispatcher = Connected();
        var random = new Random(20261123);
        byte[] buffer = new byte[FuseDispatcher.RequestBufferSize];
        byte[] reply = new byte[FuseDispatcher.ReplyBufferSize];
        for (int i = 0; i < 100_000; i++)
        {
            int length = i % 50 == 0 ? random.Next(buffer.Length + 1) : random.Next(200);
            Span<byte> request = buffer.AsSpan(0, length);
            random.NextBytes(request);
            Tame(random, request);
            int replyLength = dispatcher.Dispatch(request, reply);
            dispatcher.Replied(request, reply.AsSpan(0, replyLength));
            if (replyLength != 0)
            {
                Assert.InRange(replyLength, 16, reply.Length);
                Assert.Equal((uint)replyLength, BitConverter.ToUInt32(reply));
                Assert.InRange(BitConverter.ToInt32(reply, 4), -511, 0);
                Assert.Equal(request.Slice(8, 8), reply.AsSpan(8, 8));
            }
        }

        Assert.Equal(0, dispatcher.Counters.Faults);
    }

    [Fact]
    public void A_fault_of_the_file_system_is_an_error_of_one_request()
    {
        FuseDispatcher dispatcher = Connected(new FaultyFileSystem());
        Assert.Equal(Errno.EIO, ErrorOf(Answer(dispatcher, Request(3, 1, new string('0', 32)))));
        Assert.Equal(1, dispatcher.Counters.Faults);
        Assert.IsType<InvalidOperationException>(dispatcher.FirstFault);
    }

    [Fact]
    public void Wild_results_of_the_file_system_do_not_reach_the_kernel()
    {
        FuseDispatcher dispatcher = Connected(new FaultyFileSystem());
        Assert.Equal(Errno.EIO, ErrorOf(Answer(dispatcher, Request(1, 1, Text("x\0"))))); // errno 9999
        Assert.Equal(Errno.EIO, ErrorOf(Answer(dispatcher, Request(5, 1)))); // length above the room
        Assert.Equal(Errno.EIO, ErrorOf(Answer(dispatcher, Request(15, 1, ReadIn(0, 10))))); // negative length
        Assert.Equal(0, dispatcher.Counters.ReadBytes);
    }

    [Fact]
    public void A_reply_buffer_that_is_too_small_is_the_callers_fault() =>
        Assert.Throws<ArgumentException>(
            () => Connected().Dispatch(Init, new byte[FuseDispatcher.ReplyBufferSize - 1]));

    private static void Tame(Random random, Span<byte> request)
    {
        if (request.Length < 40 || random.Next(10) == 0)
        {
            return;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(request, (uint)request.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(request[4..], (uint)random.Next(60));
        BinaryPrimitives.WriteUInt64LittleEndian(request[16..], (ulong)random.Next(8));
        int extensions = random.Next(4) == 0 ? random.Next(8) : 0;
        BinaryPrimitives.WriteUInt16LittleEndian(request[36..], (ushort)extensions);
        if (request.Length >= 60 && random.Next(2) == 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(request[48..], (ulong)random.Next(10));
            BinaryPrimitives.WriteUInt32LittleEndian(request[56..], (uint)random.Next(140_000));
        }
    }

    private static void AssertShort(byte[] reply, uint opcode, int length)
    {
        if (length < 40 || OperationTable.Find(opcode).Kind == OperationKind.Silent)
        {
            Assert.Empty(reply);
        }
        else
        {
            Assert.Equal(16, reply.Length);
            Assert.Equal(Errno.EINVAL, ErrorOf(reply));
        }
    }

    private sealed class FaultyFileSystem : IReadOnlyFileSystem
    {
        public Errno Lookup(ulong parent, ReadOnlySpan<byte> name, out NodeAttributes attributes)
        {
            attributes = default;
            return (Errno)9999;
        }

        public Errno GetAttributes(ulong nodeId, out NodeAttributes attributes) =>
            throw new InvalidOperationException();

        public Errno ReadLink(ulong nodeId, Span<byte> destination, out int length)
        {
            length = destination.Length + 1;
            return Errno.None;
        }

        public Errno Read(ulong nodeId, ulong offset, Span<byte> destination, out int length)
        {
            length = -1;
            return Errno.None;
        }

        public Errno ReadDirectory(ulong nodeId, ulong offset, ref DirectoryWriter writer) => Errno.None;

        public void GetStatistics(out FileSystemStatistics statistics) => statistics = default;

        public void Expect(ulong nodeId) => throw new InvalidOperationException();
    }
}
