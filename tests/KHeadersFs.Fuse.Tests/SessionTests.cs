using System.Buffers.Binary;
using static KHeadersFs.Fuse.Tests.Wire;

namespace KHeadersFs.Fuse.Tests;

public class SessionTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 200)]
    [InlineData(4, 0)]
    [InlineData(4, 200)]
    public void A_connection_is_served_from_init_to_its_end(int threads, int spin)
    {
        using var kernel = new StandInDevice();
        FuseDispatcher dispatcher = New();
        Thread server = Start(kernel, dispatcher, threads, spin, out Func<FuseSessionEnd> end);
        Assert.Equal(80, kernel.Ask(Init).Length);
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(144, kernel.Ask(Request(1, 1, Text("hello.txt\0"))).Length);
        }

        kernel.Dispose();
        server.Join();
        Assert.Equal(FuseSessionEnd.Closed, end());
        Assert.Equal(1001, dispatcher.Counters.Total);
        Assert.True(spin > 0 || dispatcher.Counters.Spins == 0);
    }

    [Fact]
    public void A_newer_kernel_shakes_hands_twice()
    {
        using var kernel = new StandInDevice();
        FuseDispatcher dispatcher = New();
        Thread server = Start(kernel, dispatcher, 2, 0, out _);
        kernel.Ask(Request(26, 0, "08000000 00000000 00000000 00000000"));
        kernel.Ask(Init);
        Assert.Equal(Errno.None, ErrorOf(kernel.Ask(Request(17, 1))));
        kernel.Dispose();
        server.Join();
    }

    [Fact]
    public void An_old_kernel_is_named_with_its_version()
    {
        using var kernel = new StandInDevice();
        using var session = new FuseSession(kernel.Device, New(), new FuseSessionOptions());
        kernel.Send(Request(26, 0, "07000000 10000000 00000000 00000000"));
        FuseException refusal = Assert.Throws<FuseException>(session.Handshake);
        Assert.Equal(Errno.EPROTO, refusal.Errno);
        Message.Says(refusal.Message, "7.16 7.23 3.16");
    }

    [Fact]
    public void A_connection_that_ends_before_init_is_a_failure()
    {
        using var kernel = new StandInDevice();
        using var session = new FuseSession(kernel.Device, New(), new FuseSessionOptions());
        kernel.Dispose();
        FuseException failure = Assert.Throws<FuseException>(session.Handshake);
        Message.Says(failure.Message, "/dev/fuse closed");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public void Every_one_of_many_requests_is_answered_once(int spin)
    {
        using var kernel = new StandInDevice();
        FuseDispatcher dispatcher = New();
        Thread server = Start(kernel, dispatcher, 4, spin, out _);
        kernel.Ask(Init);
        const int Rounds = 300;
        const int Burst = 20;
        for (int round = 0; round < Rounds; round++)
        {
            var pending = new HashSet<ulong>();
            for (ulong i = 1; i <= Burst; i++)
            {
                byte[] request = i % 2 == 0 ? Request(15, 6, ReadIn(0, 4096)) : Request(3, 1, new string('0', 32));
                BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(8), i);
                pending.Add(i);
                kernel.Send(request);
            }

            while (pending.Count > 0)
            {
                byte[] reply = kernel.Receive();
                Assert.Equal(Errno.None, ErrorOf(reply));
                Assert.True(pending.Remove(BinaryPrimitives.ReadUInt64LittleEndian(reply.AsSpan(8))));
            }
        }

        kernel.Dispose();
        server.Join();
        Assert.Equal(1 + (Rounds * Burst), dispatcher.Counters.Total);
    }

    [Fact]
    public void A_backlog_wakes_a_second_thread()
    {
        using var kernel = new StandInDevice();
        using var tree = new BlockingFileSystem();
        Thread server = Start(kernel, new FuseDispatcher(tree, new FuseOptions()), 2, 0, out _);
        kernel.Ask(Init);
        byte[] request = Request(3, 1, new string('0', 32));
        kernel.Send(request);
        Assert.True(tree.Entered.Wait(30_000, TestContext.Current.CancellationToken));
        kernel.Send(request);
        kernel.Send(request);
        tree.Release.Release(1); // its thread then finds two in the queue, and both have to be under way at once
        Assert.True(tree.Entered.Wait(30_000, TestContext.Current.CancellationToken));
        Assert.True(tree.Entered.Wait(30_000, TestContext.Current.CancellationToken));
        tree.Release.Release(2);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(120, kernel.Receive().Length);
        }

        kernel.Dispose();
        server.Join();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public void One_client_wakes_nobody_also_when_there_were_many_before(int spin)
    {
        using var kernel = new StandInDevice();
        FuseDispatcher dispatcher = New();
        Thread server = Start(kernel, dispatcher, 4, spin, out _);
        kernel.Ask(Init);
        byte[] request = Request(17, 1);
        for (int i = 0; i < 50; i++)
        {
            kernel.Send(request);
        }

        for (int i = 0; i < 50; i++)
        {
            kernel.Receive();
        }

        long before = dispatcher.Counters.WakeUps;
        for (int i = 0; i < 1000; i++)
        {
            kernel.Ask(request);
        }

        Assert.Equal(before, dispatcher.Counters.WakeUps);
        kernel.Dispose();
        server.Join();
    }

    [Fact]
    public void A_quiet_server_sleeps_instead_of_spinning()
    {
        using var kernel = new StandInDevice();
        FuseDispatcher dispatcher = New();
        Thread server = Start(kernel, dispatcher, 2, 200, out _);
        kernel.Ask(Init);
        for (int i = 0; i < 5; i++)
        {
            long waits = dispatcher.Counters.Waits;
            kernel.Ask(Request(17, 1));
            Assert.True(SpinWait.SpinUntil(() => dispatcher.Counters.Waits > waits, TimeSpan.FromSeconds(30)));
        }

        kernel.Dispose();
        server.Join();
    }

    [Fact]
    public void Nobody_spins_for_a_background_process_or_takes_it_for_activity()
    {
        using var kernel = new StandInDevice();
        using var session = new FuseSession(kernel.Device, New(), new FuseSessionOptions { SpinMicroseconds = 10_000 });
        var server = new Thread(() =>
        {
            session.Handshake();
            session.Run();
        });
        Assert.Equal(TimeSpan.MaxValue, session.Quiet);
        session.BackgroundProcess = BitConverter.ToInt32(Init, 32);
        server.Start();
        kernel.Ask(Init);
        for (int i = 0; i < 50; i++)
        {
            kernel.Ask(Request(17, 1));
        }

        Assert.Equal(0, session.Counters.Spins);
        Assert.Equal(TimeSpan.MaxValue, session.Quiet);
        session.BackgroundProcess++;
        Assert.True(SpinWait.SpinUntil(
            () => kernel.Ask(Request(17, 1)).Length > 0 && session.Counters.Spins > 0, TimeSpan.FromSeconds(30)));
        Assert.InRange(session.Quiet, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        kernel.Dispose();
        server.Join();
    }

    [Fact]
    public void Receiving_and_sending_allocate_nothing()
    {
        using var kernel = new StandInDevice();
        using var session = new FuseSession(kernel.Device, New(), new FuseSessionOptions { ThreadCount = 1 });
        kernel.Send(Init);
        session.Handshake();
        kernel.Receive();
        byte[] request = Request(1, 1, Text("vmlinux\0"));
        for (int i = 0; i < 100; i++) // as many as a socket holds
        {
            kernel.Send(request);
        }

        // What is queued can be measured on this thread: the session ends with the last of it.
        kernel.Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        session.Run();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200); // Run's own array of threads
    }

    private static FuseDispatcher New() => new(FakeTree.Sample(), new FuseOptions());

    private static Thread Start(
        StandInDevice kernel, FuseDispatcher dispatcher, int threads, int spin, out Func<FuseSessionEnd> end)
    {
        var options = new FuseSessionOptions { ThreadCount = threads, SpinMicroseconds = spin };
        FuseSessionEnd result = default;
        var server = new Thread(() =>
        {
            using var session = new FuseSession(kernel.Device, dispatcher, options);
            session.Handshake();
            result = session.Run();
        });
        server.Start();
        end = () => result;
        return server;
    }

    /// <summary>Every GETATTR waits until it is released.</summary>
    private sealed class BlockingFileSystem : IReadOnlyFileSystem, IDisposable
    {
        private readonly FakeTree _tree = FakeTree.Sample();

        internal SemaphoreSlim Entered { get; } = new(0);

        internal SemaphoreSlim Release { get; } = new(0);

        public void Dispose()
        {
            Entered.Dispose();
            Release.Dispose();
        }

        public Errno GetAttributes(ulong nodeId, out NodeAttributes attributes)
        {
            Entered.Release();
            Release.Wait();
            return _tree.GetAttributes(nodeId, out attributes);
        }

        public void Expect(ulong nodeId) => _tree.Expect(nodeId);

        public Errno Lookup(ulong parent, ReadOnlySpan<byte> name, out NodeAttributes attributes) =>
            _tree.Lookup(parent, name, out attributes);

        public Errno ReadLink(ulong nodeId, Span<byte> destination, out int length) =>
            _tree.ReadLink(nodeId, destination, out length);

        public Errno Read(ulong nodeId, ulong offset, Span<byte> destination, out int length) =>
            _tree.Read(nodeId, offset, destination, out length);

        public Errno ReadDirectory(ulong nodeId, ulong offset, ref DirectoryWriter writer) =>
            _tree.ReadDirectory(nodeId, offset, ref writer);

        public void GetStatistics(out FileSystemStatistics statistics) => _tree.GetStatistics(out statistics);
    }
}
