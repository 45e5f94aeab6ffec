using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using static KHeadersFs.Fuse.Tests.Wire;

namespace KHeadersFs.Fuse.Tests;

/// <summary>A session that a second process goes on with: here a second object, the descriptors copied as a service manager does.</summary>
public sealed class TakeOverTests : IDisposable
{
    /// <summary>fuse_out_header of FUSE_NOTIFY_RESEND: length 16, code 7, unique 0.</summary>
    private static readonly byte[] s_resend = Hex("10000000 07000000 0000000000000000");

    private readonly StandInDevice _kernel = new();

    public void Dispose() => _kernel.Dispose();

    [Fact]
    public void The_kernel_is_asked_to_send_again_what_has_no_answer()
    {
        using SafeFileHandle journal = Begin(canResend: true, out _);
        FuseDispatcher dispatcher = Resume(journal, out Thread server);
        Assert.Equal(s_resend, _kernel.Receive());
        Assert.True(dispatcher.Protocol.NoOpen);
        byte[] request = Request(1, 1, Text("hello.txt\0"));
        request[15] |= 0x80; // the highest bit of unique
        byte[] reply = _kernel.Ask(request);
        Assert.Equal(request[8..16], reply[8..16]);
        Assert.Equal(144, reply.Length);
        Assert.Equal(1, dispatcher.Counters.TakenOver);
        End(server);
    }

    [Fact]
    public void An_older_kernels_requests_are_answered_from_the_journal()
    {
        using SafeFileHandle journal = Begin(canResend: false, out byte[] unanswered);
        FuseDispatcher dispatcher = Resume(journal, out Thread server);
        byte[] reply = _kernel.Receive();
        Assert.Equal(unanswered[8..16], reply[8..16]);
        Assert.Equal(Errno.None, ErrorOf(reply));
        Assert.Equal(120, _kernel.Ask(Request(3, 1, new string('0', 32))).Length);
        Assert.Equal(1, dispatcher.Counters.TakenOver);
        End(server);
    }

    [Fact]
    public void A_third_process_can_take_over_from_the_second_which_has_more_threads()
    {
        using SafeFileHandle journal = Begin(canResend: false, out _);
        Resume(journal, out Thread second, threads: 8);
        _kernel.Receive();
        using var copy = Copy(journal);
        Resume(copy, out Thread third, threads: 1);
        Assert.Equal(Errno.None, ErrorOf(_kernel.Receive()));
        _kernel.Dispose();
        second.Join();
        third.Join();
    }

    [Fact]
    public void A_note_comes_along()
    {
        byte[] note = new byte[SessionJournal.NoteCapacity];
        Random.Shared.NextBytes(note);
        using var journal = SessionJournal.Create();
        journal.Note = "shorter"u8;
        Assert.Equal("shorter"u8, journal.Note);
        journal.Note = note;
        journal.Protocol = new NegotiatedProtocol { Minor = 38 };
        using SessionJournal? other = SessionJournal.TryOpen(Copy(journal.Descriptor));
        Assert.Equal(note, other!.Note);
    }

    [Fact]
    public void What_is_no_journal_of_this_version_is_not_taken_for_one()
    {
        using var journal = SessionJournal.Create();
        Assert.Null(SessionJournal.TryOpen(Copy(journal.Descriptor))); // no INIT yet
        journal.Protocol = new NegotiatedProtocol { Minor = 38 };
        Assert.NotNull(SessionJournal.TryOpen(Copy(journal.Descriptor)));
        RandomAccess.Write(journal.Descriptor, [2], 8);
        Assert.Null(SessionJournal.TryOpen(Copy(journal.Descriptor)));
        using var temporary = File.OpenHandle(Path.GetTempFileName(), FileMode.Open, options: FileOptions.DeleteOnClose);
        Assert.Null(SessionJournal.TryOpen(Copy(temporary)));
    }

    [Fact]
    public void Whoever_holds_the_journal_reads_what_the_server_counts()
    {
        long before = (long)(DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;
        using SafeFileHandle journal = Begin(canResend: false, out _);
        FuseDispatcher dispatcher = Resume(journal, out Thread server);
        _kernel.Receive();
        _kernel.Ask(Request(3, 1, new string('0', 32)));
        SessionSummary summary = SessionJournal.TrySummarize(journal)!;
        Assert.InRange(summary.Begun, before, before + 60);
        Assert.Equal(dispatcher.Counters.ByOperation(), summary.Counters.ByOperation());
        Assert.Equal(1, summary.Counters.Requests(FuseOpcode.FUSE_GETATTR));
        Assert.Equal(1, summary.Counters.TakenOver);
        Assert.Equal(0, summary.Counters.Requests(FuseOpcode.FUSE_INIT)); // of the server before
        End(server);

        using var unanswered = SessionJournal.Create();
        Assert.Null(SessionJournal.TrySummarize(unanswered.Descriptor));
        RandomAccess.Write(journal, [2], 8);
        Assert.Null(SessionJournal.TrySummarize(journal));
    }

    [Fact]
    public void Without_a_journal_there_is_nothing_to_resume()
    {
        using var session = new FuseSession(_kernel.Device, New(), new FuseSessionOptions());
        Assert.Throws<InvalidOperationException>(session.Resume);
    }

    private static FuseDispatcher New() => new(FakeTree.Sample(), new FuseOptions());

    private static SafeFileHandle Copy(SafeFileHandle file) =>
        File.OpenHandle($"/proc/self/fd/{(int)file.DangerousGetHandle()}", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);

    /// <summary>A process that answers INIT, reads one more request, and dies: what is left is its journal.</summary>
    private SafeFileHandle Begin(bool canResend, out byte[] unanswered)
    {
        byte[] init = [.. Init];
        BinaryPrimitives.WriteUInt32LittleEndian(init.AsSpan(56), canResend ? 0x80u : 0);
        var session = new FuseSession(_kernel.Device, New(), new FuseSessionOptions { ThreadCount = 2 });
        _kernel.Send(init);
        session.Handshake();
        _kernel.Receive();
        unanswered = Request(1, 1, Text("hello.txt\0"));
        _kernel.Send(unanswered);
        Assert.Equal(unanswered.Length, _kernel.Device.Read(session.Journal.Slot(1)));
        return Copy(session.Journal.Descriptor);
    }

    private FuseDispatcher Resume(SafeFileHandle journal, out Thread server, int threads = 1)
    {
        FuseDispatcher dispatcher = New();
        server = new Thread(() =>
        {
            var session = new FuseSession(
                _kernel.Device, dispatcher, new FuseSessionOptions { ThreadCount = threads }, SessionJournal.TryOpen(Copy(journal)));
            session.Resume();
            session.Run();
        });
        server.Start();
        return dispatcher;
    }

    private void End(Thread server)
    {
        _kernel.Dispose();
        server.Join();
    }
}
