using KHeadersFs.Fuse.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Fuse;

/// <summary>
/// What a connection has done since its server's start. Counting is lock-free and allocates nothing; reading is not a
/// snapshot of one moment.
/// </summary>
/// <remarks>
/// They lie in memory of their own, which a session makes the first page of its journal's file: whoever may look at the server can read
/// them there, and neither has to ask it nor to touch the mount.
/// </remarks>
public sealed unsafe class FuseCounters
{
    /// <summary>Where they start, in bytes: in a journal, behind its header.</summary>
    internal const int Offset = 64;

    // Positions, in numbers of 8 bytes. New ones go to the end, where there is room for them; the operations come last.
    private const int ErrorsAt = 0;
    private const int AbsentNamesAt = 1;
    private const int ReadBytesAt = 2;
    private const int FaultsAt = 3;
    private const int InterruptedAt = 4;
    private const int SendFailuresAt = 5;
    private const int TakenOverAt = 6;
    private const int SpinsAt = 7;
    private const int WaitsAt = 8;
    private const int WakeUpsAt = 9;
    private const int RequestsAt = 16;

    /// <summary>One page holds them all, also the smallest.</summary>
    private const int Length = 4096;

    /// <summary>Never given back: a server has one such page, and threads count in it until the process ends.</summary>
    private readonly byte* _memory;

    /// <summary>All are zero.</summary>
    /// <exception cref="FuseException">There is no memory.</exception>
    public FuseCounters()
    {
        using var none = new SafeFileHandle(-1, ownsHandle: false);
        _memory = Map(0, LibC.MAP_ANONYMOUS, none);
    }

    /// <summary>A copy of what another process has counted.</summary>
    /// <param name="page">The first bytes of its journal.</param>
    internal FuseCounters(ReadOnlySpan<byte> page)
        : this() => page[..Math.Min(page.Length, Length)].CopyTo(new Span<byte>(_memory, Length));

    /// <summary>Error replies, ENOSYS and EROFS among them.</summary>
    public long Errors => Read(ErrorsAt);

    /// <summary>LOOKUPs of names that do not exist; they are not errors.</summary>
    public long AbsentNames => Read(AbsentNamesAt);

    /// <summary>Bytes of file contents in READ replies.</summary>
    public long ReadBytes => Read(ReadBytesAt);

    /// <summary>
    /// Exceptions of the file system, each answered EIO; see <see cref="FuseDispatcher.FirstFault"/>.
    /// </summary>
    public long Faults => Read(FaultsAt);

    /// <summary>Replies whose caller had gone (ENOENT); not an error.</summary>
    public long Interrupted => Read(InterruptedAt);

    /// <summary>Replies that the kernel refused although the connection lives: a fault of this library.</summary>
    public long SendFailures => Read(SendFailuresAt);

    /// <summary>Requests that another process had read before it ended, and that were answered here.</summary>
    public long TakenOver => Read(TakenOverAt);

    /// <summary>Requests that spinning caught.</summary>
    public long Spins => Read(SpinsAt);

    /// <summary>Times that a thread slept in poll(2) for a request.</summary>
    public long Waits => Read(WaitsAt);

    /// <summary>Times that a backlog woke a parked thread.</summary>
    public long WakeUps => Read(WakeUpsAt);

    /// <summary>Requests of all kinds.</summary>
    public long Total
    {
        get
        {
            long total = 0;
            for (int i = 0; i < OperationTable.Length; i++)
            {
                total += Read(RequestsAt + i);
            }

            return total;
        }
    }

    /// <summary>Requests of one operation.</summary>
    /// <param name="opcode">
    /// The operation; 0, or any value above the highest, stands for all unknown ones.
    /// </param>
    /// <returns>How many were received, whatever the answer.</returns>
    public long Requests(FuseOpcode opcode) => Read(PlaceOf((uint)opcode));

    /// <summary>
    /// The operations that occurred, for a log: names without prefix, in the order of their opcodes. Allocates.
    /// </summary>
    /// <returns>Name and number of requests.</returns>
    public IReadOnlyList<KeyValuePair<string, long>> ByOperation()
    {
        var list = new List<KeyValuePair<string, long>>();
        for (uint opcode = 0; opcode < OperationTable.Length; opcode++)
        {
            long count = Read(PlaceOf(opcode));
            if (count > 0)
            {
                list.Add(new(OperationTable.Find(opcode).Name, count));
            }
        }

        return list;
    }

    /// <summary>
    /// Has them counted in the first page of a file from now on, from zero: a journal's, which another server may have counted in.
    /// </summary>
    /// <exception cref="FuseException">There is no memory; they are counted on where they were.</exception>
    internal void MoveTo(SafeFileHandle file)
    {
        // In the place of the memory that they have, so that nobody can count where nothing is.
        _ = Map((nint)_memory, LibC.MAP_FIXED, file);
        new Span<byte>(_memory + Offset, Length - Offset).Clear();
    }

    internal void CountRequest(uint opcode) => Interlocked.Increment(ref At(PlaceOf(opcode)));

    internal void CountError() => Interlocked.Increment(ref At(ErrorsAt));

    internal void CountAbsentName() => Interlocked.Increment(ref At(AbsentNamesAt));

    internal void CountReadBytes(int bytes) => Interlocked.Add(ref At(ReadBytesAt), bytes);

    internal void CountFault() => Interlocked.Increment(ref At(FaultsAt));

    internal void CountInterrupted() => Interlocked.Increment(ref At(InterruptedAt));

    internal void CountSendFailure() => Interlocked.Increment(ref At(SendFailuresAt));

    internal void CountTakenOver() => Interlocked.Increment(ref At(TakenOverAt));

    internal void CountSpin() => Interlocked.Increment(ref At(SpinsAt));

    internal void CountWait() => Interlocked.Increment(ref At(WaitsAt));

    internal void CountWakeUp() => Interlocked.Increment(ref At(WakeUpsAt));

    private static int PlaceOf(uint opcode) => RequestsAt + (opcode < OperationTable.Length ? (int)opcode : 0);

    private static byte* Map(nint address, int flags, SafeFileHandle file)
    {
        byte* memory = LibC.Map(address, Length, LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_SHARED | flags, file, 0);
        return (nint)memory == -1
            ? throw new FuseException("map", "the counters", FuseDevice.LastErrno(), "free some memory, or raise its limit (ulimit -v)")
            : memory;
    }

    private long Read(int place) => Interlocked.Read(ref At(place));

    private ref long At(int place) => ref ((long*)(_memory + Offset))[place];
}
