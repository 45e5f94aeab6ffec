using System.Diagnostics;
using System.Runtime.InteropServices;
using KHeadersFs.Fuse.Interop;
using KHeadersFs.Fuse.Wire;

namespace KHeadersFs.Fuse;

/// <summary>
/// Hands out requests to threads, so that one client costs one awake thread and many clients get them all.
/// </summary>
/// <remarks>
/// At most one thread, the leader, waits for the device; the others are parked. The leader steps down with the
/// request it got. It wakes a parked thread only when a further request is queued already, so a request waits at
/// most until the thread that is serving comes back, which then reads at once. Others may be queued when a read succeeds
/// at once or after a sleep. That alone would be a bad sign of backlog: a single fast client has sent its next request before
/// the write(2) that woke it returns. Hence the poll(2); where a request was spun for, even that would cost too much.
/// <para>The leader spins while requests come quickly. After one fruitless spin it sleeps in poll(2): an idle
/// server burns nothing.</para>
/// <para>A spin begins eagerly: for a fifth of a millisecond the processor is kept, whoever wants it. Then it goes on
/// patiently, giving the processor away at each try. A try that takes long means that somebody has taken it: then the
/// thread sleeps, as it will after each eager spin of the next while, for a processor that is not idle wakes quickly.</para>
/// </remarks>
internal sealed class RequestReceiver(FuseDevice device, FuseCounters counters, int spinMicroseconds)
{
    /// <summary>
    /// Pauses between two tries, some tens of nanoseconds each: the device's lock is left to the client.
    /// </summary>
    private const int PausesPerTry = 8;

    private readonly long _spinTicks = Ticks(spinMicroseconds);
    private readonly long _eagerTicks = Ticks(200);
    private readonly long _interruptionTicks = Ticks(100);
    private readonly long _impatienceTicks = Ticks(50_000);

#pragma warning disable MA0158 // System.Threading.Lock has no Wait and Pulse.
    private readonly object _gate = new();
#pragma warning restore MA0158

    private bool _led; // guarded by _gate
    private int _parked; // guarded by _gate
    private bool _ended; // guarded by _gate
    private long _lastForeground = -1; // written by leaders; a time of Stopwatch
    private long _lastRequest = Stopwatch.GetTimestamp(); // written by leaders
    private bool _recent; // leader only: a foreground request came since the last fruitless spin
    private long _impatientUntil; // leader only: a time of Stopwatch

    /// <summary>A process that is in no hurry: nobody spins for it. 0 is none.</summary>
    internal uint BackgroundProcess { get; set; }

    /// <summary>Since the last request of any other process.</summary>
    internal TimeSpan Quiet => Volatile.Read(ref _lastForeground) is var last and >= 0
        ? Stopwatch.GetElapsedTime(last)
        : TimeSpan.MaxValue;

    /// <summary>Since the last request of any process; since this receiver was made as long as there is none.</summary>
    internal TimeSpan SinceLastRequest => Stopwatch.GetElapsedTime(Volatile.Read(ref _lastRequest));

    /// <summary>
    /// ENODEV, ECONNABORTED, none for a closed stand-in, else a failure. Valid once Receive has returned 0.
    /// </summary>
    internal Errno EndedBy { get; private set; }

    /// <summary>Waits for a request.</summary>
    /// <returns>Its length in bytes, or 0 when the connection has ended: for this thread and all others.</returns>
    internal int Receive(Span<byte> request)
    {
        if (!Lead())
        {
            return 0;
        }

        bool mayBeOneOfMany = false;
        int length = 0;
        try
        {
            length = Wait(request, out mayBeOneOfMany);
        }
        finally
        {
            StepDown(ended: length == 0, mayBeOneOfMany);
        }

        return length;
    }

    private static long Ticks(long microseconds) => microseconds * Stopwatch.Frequency / 1_000_000;

    private bool Lead()
    {
        lock (_gate)
        {
            while (_led && !_ended)
            {
                _parked++;
                Monitor.Wait(_gate);
                _parked--;
            }

            _led = true;
            return !_ended;
        }
    }

    private void StepDown(bool ended, bool mayBeOneOfMany)
    {
        lock (_gate)
        {
            _led = false;
            if (ended)
            {
                _ended = true;
                Monitor.PulseAll(_gate);
            }
            else if (mayBeOneOfMany && _parked > 0 && (device.Poll(LibC.POLLIN, 0) & LibC.POLLIN) != 0)
            {
                counters.CountWakeUp();
                Monitor.Pulse(_gate);
            }
        }
    }

    private int Wait(Span<byte> request, out bool mayBeOneOfMany)
    {
        int length = device.Read(request);
        mayBeOneOfMany = length > 0;
        while (length < 0)
        {
            Errno errno = FuseDevice.LastErrno();
            if (errno == Errno.EAGAIN)
            {
                length = SpinThenSleep(request, out mayBeOneOfMany);
            }
            else if (errno is Errno.EINTR or Errno.ENOENT)
            {
                length = device.Read(request); // ENOENT: interrupted before it was read
            }
            else
            {
                EndedBy = errno;
                return 0;
            }
        }

        Note(request[..length]);
        return length;
    }

    private void Note(ReadOnlySpan<byte> request)
    {
        long now = Stopwatch.GetTimestamp();
        Volatile.Write(ref _lastRequest, now);
        uint background = BackgroundProcess;
        _recent = background == 0 || !MemoryMarshal.TryRead(request, out FuseInHeader header) || header.Pid != background;
        if (_recent)
        {
            Volatile.Write(ref _lastForeground, now);
        }
    }

    private int SpinThenSleep(Span<byte> request, out bool slept)
    {
        slept = false;
        if (_recent && _spinTicks > 0)
        {
            int length = Spin(request);
            if (length >= 0 || FuseDevice.LastErrno() != Errno.EAGAIN)
            {
                counters.CountSpin();
                return length;
            }
        }

        slept = true;
        _recent = false;
        counters.CountWait();
        _ = device.Poll(LibC.POLLIN, -1); // also returns for a signal or an error, which the read then tells
        return device.Read(request);
    }

    /// <summary>Tries again and again; -1 with EAGAIN when nothing came, or when others want this processor.</summary>
    private int Spin(Span<byte> request)
    {
        long start = Stopwatch.GetTimestamp();
        long now = start;
        do
        {
            if (now - start < _eagerTicks)
            {
                Thread.SpinWait(PausesPerTry);
            }
            else if (now < _impatientUntil)
            {
                return -1;
            }
            else
            {
                _ = Thread.Yield();
            }

            int length = device.Read(request);
            if (length >= 0 || FuseDevice.LastErrno() != Errno.EAGAIN)
            {
                return length;
            }

            long before = now;
            now = Stopwatch.GetTimestamp();
            if (now - before > _interruptionTicks)
            {
                _impatientUntil = now + _impatienceTicks;
                return -1;
            }
        }
        while (now - start < _spinTicks);
        return -1;
    }
}
