namespace KHeadersFs.Fuse;

/// <summary>
/// What a connection has done since its start. Counting is lock-free and allocates nothing; reading is not a
/// snapshot of one moment.
/// </summary>
public sealed class FuseCounters
{
    private readonly long[] _requests = new long[OperationTable.Length];
    private long _errors;
    private long _absentNames;
    private long _readBytes;
    private long _faults;
    private long _interrupted;
    private long _sendFailures;
    private long _takenOver;
    private long _spins;
    private long _waits;
    private long _wakeUps;

    /// <summary>Error replies, ENOSYS and EROFS among them.</summary>
    public long Errors => Interlocked.Read(ref _errors);

    /// <summary>LOOKUPs of names that do not exist; they are not errors.</summary>
    public long AbsentNames => Interlocked.Read(ref _absentNames);

    /// <summary>Bytes of file contents in READ replies.</summary>
    public long ReadBytes => Interlocked.Read(ref _readBytes);

    /// <summary>
    /// Exceptions of the file system, each answered EIO; see <see cref="FuseDispatcher.FirstFault"/>.
    /// </summary>
    public long Faults => Interlocked.Read(ref _faults);

    /// <summary>Replies whose caller had gone (ENOENT); not an error.</summary>
    public long Interrupted => Interlocked.Read(ref _interrupted);

    /// <summary>Replies that the kernel refused although the connection lives: a fault of this library.</summary>
    public long SendFailures => Interlocked.Read(ref _sendFailures);

    /// <summary>Requests that another process had read before it ended, and that were answered here.</summary>
    public long TakenOver => Interlocked.Read(ref _takenOver);

    /// <summary>Requests that spinning caught.</summary>
    public long Spins => Interlocked.Read(ref _spins);

    /// <summary>Times that a thread slept in poll(2) for a request.</summary>
    public long Waits => Interlocked.Read(ref _waits);

    /// <summary>Times that a backlog woke a parked thread.</summary>
    public long WakeUps => Interlocked.Read(ref _wakeUps);

    /// <summary>Requests of all kinds.</summary>
    public long Total
    {
        get
        {
            long total = 0;
            for (int i = 0; i < _requests.Length; i++)
            {
                total += Interlocked.Read(ref _requests[i]);
            }

            return total;
        }
    }

    /// <summary>Requests of one operation.</summary>
    /// <param name="opcode">
    /// The operation; 0, or any value above the highest, stands for all unknown ones.
    /// </param>
    /// <returns>How many were received, whatever the answer.</returns>
    public long Requests(FuseOpcode opcode) => Interlocked.Read(ref _requests[Index((uint)opcode)]);

    /// <summary>
    /// The operations that occurred, for a log: names without prefix, in the order of their opcodes. Allocates.
    /// </summary>
    /// <returns>Name and number of requests.</returns>
    public IReadOnlyList<KeyValuePair<string, long>> ByOperation()
    {
        var list = new List<KeyValuePair<string, long>>();
        for (uint opcode = 0; opcode < OperationTable.Length; opcode++)
        {
            long count = Interlocked.Read(ref _requests[opcode]);
            if (count > 0)
            {
                list.Add(new(OperationTable.Find(opcode).Name, count));
            }
        }

        return list;
    }

    internal void CountRequest(uint opcode) => Interlocked.Increment(ref _requests[Index(opcode)]);

    internal void CountError() => Interlocked.Increment(ref _errors);

    internal void CountAbsentName() => Interlocked.Increment(ref _absentNames);

    internal void CountReadBytes(int bytes) => Interlocked.Add(ref _readBytes, bytes);

    internal void CountFault() => Interlocked.Increment(ref _faults);

    internal void CountInterrupted() => Interlocked.Increment(ref _interrupted);

    internal void CountSendFailure() => Interlocked.Increment(ref _sendFailures);

    internal void CountTakenOver() => Interlocked.Increment(ref _takenOver);

    internal void CountSpin() => Interlocked.Increment(ref _spins);

    internal void CountWait() => Interlocked.Increment(ref _waits);

    internal void CountWakeUp() => Interlocked.Increment(ref _wakeUps);

    private static uint Index(uint opcode) => opcode < OperationTable.Length ? opcode : 0;
}
