using static KHeadersFs.Fuse.Tests.Wire;

namespace KHeadersFs.Fuse.Tests;

public class AllocationTests
{
    [Fact]
    public void Serving_allocates_nothing()
    {
        FuseDispatcher dispatcher = Connected();
        byte[] reply = new byte[FuseDispatcher.ReplyBufferSize];
        byte[][] requests =
        [
            Request(1, 1, Text("hello.txt\0")),
            Request(1, 1, Text("vmlinux\0")),
            Request(3, 1, new string('0', 32)),
            Request(15, 6, ReadIn(0, 4096)),
            Request(28, 4, ReadIn(0, 4096)),
            Request(44, 4, ReadIn(0, 4096)),
            Request(5, 3),
            Request(17, 1),
            Request(25, 2, new string('0', 48)), // FLUSH: ENOSYS
            Request(9, 1, new string('0', 40)), // MKDIR: EROFS
        ];
        foreach (byte[] request in requests)
        {
            Dispatch(dispatcher, request, reply, 100); // what the first calls allocate is not per request
            long before = GC.GetAllocatedBytesForCurrentThread();
            Dispatch(dispatcher, request, reply, 10_000);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static void Dispatch(FuseDispatcher dispatcher, byte[] request, byte[] reply, int times)
    {
        for (int i = 0; i < times; i++)
        {
            int length = dispatcher.Dispatch(request, reply);
            dispatcher.Replied(request, reply.AsSpan(0, length));
        }
    }
}
