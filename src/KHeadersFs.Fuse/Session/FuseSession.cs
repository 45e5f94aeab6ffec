using System.Runtime.InteropServices;
using KHeadersFs.Fuse.Interop;
using KHeadersFs.Fuse.Wire;

namespace KHeadersFs.Fuse;

/// <summary>
/// Serves one connection: <see cref="Handshake"/>, or <see cref="Resume"/> where another process has done that, then
/// <see cref="Run"/>, then dispose.
/// </summary>
public sealed class FuseSession : IDisposable
{
    /// <summary>Serving goes a few frames deep and has no recursion; small stacks keep the process small.</summary>
    private const int StackSize = 256 * 1024;

    private readonly FuseDevice _device;
    private readonly FuseDispatcher _dispatcher;
    private readonly RequestReceiver _receiver;
    private readonly SessionBuffers[] _buffers;
    private readonly SessionJournal _journal;

    /// <summary>Takes over a device and allocates the buffers of all threads.</summary>
    /// <param name="device">A mounted device; disposed with the session.</param>
    /// <param name="dispatcher">Answers the requests.</param>
    /// <param name="options">Threads and waiting.</param>
    /// <param name="journal">Of the session to go on with, or null for a new one; disposed with the session.</param>
    /// <exception cref="FuseException">There is no memory for a journal.</exception>
    public FuseSession(FuseDevice device, FuseDispatcher dispatcher, FuseSessionOptions options, SessionJournal? journal = null)
    {
        ArgumentNullException.ThrowIfNull(dispatcher);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ThreadCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.ThreadCount, SessionJournal.Slots);
        _journal = journal ?? SessionJournal.Create();
        _device = device;
        _dispatcher = dispatcher;
        dispatcher.Counters.MoveTo(_journal.Descriptor);
        _receiver = new RequestReceiver(device, dispatcher.Counters, options.SpinMicroseconds);
        _buffers = new SessionBuffers[options.ThreadCount];
        for (int i = 0; i < _buffers.Length; i++)
        {
            _journal.Populate(i);
            _buffers[i] = new SessionBuffers(_journal, i);
        }
    }

    /// <summary>What the connection has done so far.</summary>
    public FuseCounters Counters => _dispatcher.Counters;

    /// <summary>What another process needs to go on with this session, complete once INIT has been answered.</summary>
    public SessionJournal Journal => _journal;

    /// <summary>
    /// A process whose requests are in no hurry, by its id where the mount was made; 0 is none. No thread spins for it, and
    /// <see cref="Quiet"/> leaves it out. May be set at any time.
    /// </summary>
    public int BackgroundProcess
    {
        get => (int)_receiver.BackgroundProcess;
        set => _receiver.BackgroundProcess = (uint)value;
    }

    /// <summary>How long no other process than <see cref="BackgroundProcess"/> has sent a request.</summary>
    public TimeSpan Quiet => _receiver.Quiet;

    /// <summary>How long no process has sent a request; of a session without any, how old it is here.</summary>
    public TimeSpan SinceLastRequest => _receiver.SinceLastRequest;

    /// <summary>
    /// Serves until INIT is answered, also when a kernel of a newer major version has to send it twice.
    /// </summary>
    /// <exception cref="FuseException">
    /// EPROTO: the kernel's protocol is too old; EPERM: the device is not mounted; or the connection ended before.
    /// </exception>
    public void Handshake()
    {
        while (_dispatcher.State == HandshakeState.Expected)
        {
            if (!ServeOne(_buffers[0]))
            {
                throw Failed("shake hands with");
            }
        }

        if (_dispatcher.State == HandshakeState.Refused)
        {
            NegotiatedProtocol kernel = _dispatcher.Protocol;
            throw new FuseException(
                "use",
                "this kernel's FUSE",
                Errno.EPROTO,
                $"it speaks protocol {kernel.KernelMajor}.{kernel.KernelMinor}; "
                    + $"7.{Negotiation.MinimalMinor} (Linux 3.16) is the oldest usable");
        }

        _journal.Protocol = _dispatcher.Protocol;
        _journal.UsedSlots = _buffers.Length;
    }

    /// <summary>
    /// Goes on with the journal's session, whose process has ended. What that one had read and not answered is sent again by the kernel
    /// (Linux 6.9 and later), or answered from the journal.
    /// </summary>
    /// <exception cref="InvalidOperationException">The journal knows of no INIT.</exception>
    public void Resume()
    {
        NegotiatedProtocol protocol = _journal.Protocol ?? throw new InvalidOperationException("The journal knows of no INIT.");
        _dispatcher.Resume(protocol);
        if (!protocol.CanResend || !AskToResend())
        {
            AnswerFromJournal();
        }

        _journal.UsedSlots = _buffers.Length;
    }

    /// <summary>Serves requests on all threads, of which the caller is one, until the connection ends.</summary>
    /// <returns>How it ended.</returns>
    /// <exception cref="FuseException">The device fails in an unexpected way.</exception>
    public FuseSessionEnd Run()
    {
        var threads = new Thread[_buffers.Length - 1];
        for (int i = 0; i < threads.Length; i++)
        {
            SessionBuffers buffers = _buffers[i + 1];
            threads[i] = new Thread(() => Serve(buffers), StackSize)
            {
                Name = $"fuse-{i + 1}",
                IsBackground = true, // a caller that gave up is not held back by a thread asleep in poll(2)
            };
            threads[i].Start();
        }

        Serve(_buffers[0]);
        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        return _receiver.EndedBy switch
        {
            Errno.ENODEV => FuseSessionEnd.Unmounted,
            Errno.ECONNABORTED => FuseSessionEnd.Aborted,
            Errno.None => FuseSessionEnd.Closed,
            _ => throw Failed("read requests from"),
        };
    }

    /// <summary>
    /// Closes the device, which ends the connection, and frees the buffers. Not while <see cref="Run"/> runs.
    /// </summary>
    public void Dispose()
    {
        _device.Dispose();
        foreach (SessionBuffers buffers in _buffers)
        {
            buffers.Dispose();
        }

        _journal.Dispose();
    }

    private FuseException Failed(string operation) => new(operation, "/dev/fuse", _receiver.EndedBy, Advice());

    private string Advice() => _receiver.EndedBy switch
    {
        Errno.EPERM => "this descriptor is not mounted",
        Errno.ENODEV => "it was unmounted already",
        Errno.None => "it was closed",
        _ => string.Empty,
    };

    private bool AskToResend()
    {
        var notification = new FuseOutHeader { Len = Reply.HeaderSize, Error = FuseConstants.FUSE_NOTIFY_RESEND };
        return _device.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<FuseOutHeader>(in notification))) == Errno.None;
    }

    private void AnswerFromJournal()
    {
        Span<byte> reply = _buffers[0].Reply;
        for (int i = 0; i < _journal.UsedSlots; i++)
        {
            // A slot that was never used is all zeros, INIT has its answer, and a second answer to anything is refused.
            ReadOnlySpan<byte> slot = _journal.Slot(i);
            FuseInHeader header = MemoryMarshal.Read<FuseInHeader>(slot);
            if (header.Len == 0 || header.Len > slot.Length || header.Opcode == (uint)FuseOpcode.FUSE_INIT)
            {
                continue;
            }

            int length = _dispatcher.Dispatch(slot[..(int)header.Len], reply);
            if (length > 0 && _device.Write(reply[..length]) == Errno.None)
            {
                Counters.CountTakenOver();
            }
        }
    }

    private void Serve(SessionBuffers buffers)
    {
        while (ServeOne(buffers))
        {
        }
    }

    private bool ServeOne(SessionBuffers buffers)
    {
        int length = _receiver.Receive(buffers.Request);
        if (length == 0)
        {
            return false;
        }

        int replyLength = _dispatcher.Dispatch(buffers.Request[..length], buffers.Reply);
        if (replyLength > 0)
        {
            ReadOnlySpan<byte> reply = buffers.Reply[..replyLength];
            Send(reply);
            _dispatcher.Replied(buffers.Request[..length], reply);
        }

        return true;
    }

    private void Send(ReadOnlySpan<byte> reply)
    {
        while (true)
        {
            switch (_device.Write(reply))
            {
                case Errno.None:
                    return;

                // Of the device only EINTR; a stand-in socket may be full.
                case Errno.EINTR:
                    break;
                case Errno.EAGAIN:
                    _ = _device.Poll(LibC.POLLOUT, -1);
                    break;

                // The caller got a signal, and nobody waits for this reply.
                case Errno.ENOENT:
                    _dispatcher.Counters.CountInterrupted();
                    return;

                // The connection has ended; the next read says how.
                case Errno.ENODEV or Errno.ECONNABORTED or Errno.EPERM or Errno.EPIPE or Errno.ENOTCONN:
                    return;
                default:
                    _dispatcher.Counters.CountSendFailure();
                    return;
            }
        }
    }
}
