using System.Diagnostics;
using System.Globalization;
using KHeadersFs.Archive.Store;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Logging;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Priming;

/// <summary>
/// -o prime, seen from the server: a thread that steers the <see cref="TreeWalker"/> batch by batch. It lets others go first,
/// minds the memory, and ends with the mount.
/// </summary>
internal sealed unsafe class Primer : IDisposable
{
    private const int StackSize = 256 * 1024;

    /// <summary>Bytes of page cache after which memory, and others, are looked at again.</summary>
    private const long BatchBytes = 1 << 20;

    /// <summary>
    /// How long others must have sent nothing. While one compiles, 3% of its pauses are longer than 5 ms ("Where a first compile
    /// waits" in the benchmark's report), and a batch between two of its requests would keep them waiting.
    /// </summary>
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(20);

    /// <summary>Milliseconds without any request after which all has arrived that was asked for.</summary>
    private const int Arrival = 2;

    private readonly HeaderStore _store;
    private readonly int _root;
    private readonly FuseSession _session;
    private readonly Log _log;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly WalkerProcess _walker;
    private bool _stopping; // guarded by _gate
    private volatile int _state = (int)PrimeState.Running;
    private WalkResult _done; // guarded by _gate

    /// <summary>Prepares to prime; <paramref name="walker"/> then belongs to it, and keeps the file system until its end.</summary>
    internal Primer(HeaderStore store, int root, FuseSession session, MountInfo mount, WalkerProcess walker, Log log)
    {
        (_store, _root, _session, _walker, _log) = (store, root, session, walker, log);
        _thread = new Thread(() => Run(mount), StackSize) { Name = "prime", IsBackground = true };
    }

    /// <summary>How far it is.</summary>
    internal PrimeState State => (PrimeState)_state;

    /// <summary>What has been done so far.</summary>
    internal WalkResult Done
    {
        get
        {
            lock (_gate)
            {
                return _done;
            }
        }
    }

    /// <summary>Starts the thread.</summary>
    internal void Start() => _thread.Start();

    /// <summary>Ends it: afterwards nothing of ours holds the file system. Requests must still be served meanwhile.</summary>
    internal void Stop()
    {
        lock (_gate)
        {
            _stopping = true;
            _walker.End();
        }

        if (!_thread.ThreadState.HasFlag(System.Threading.ThreadState.Unstarted))
        {
            _thread.Join();
        }

        _walker.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => Stop();

    private void Run(MountInfo mount)
    {
        long started = Stopwatch.GetTimestamp();
        string? obstacle;
        try
        {
            obstacle = Prime(mount);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            obstacle = e.Message;
        }

        _session.BackgroundProcess = 0;
        _walker.Dispose();
        _state = (int)(obstacle is null ? PrimeState.Done : PrimeState.Stopped);
        if (obstacle is not { Length: 0 })
        {
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            _log.Write(LogLevel.Info, string.Create(
                CultureInfo.InvariantCulture,
                $"{mount.Directory}: primed {_done.Names} names, {_done.AbsentNames} absent ones and {_done.Files} files of {_done.Bytes >> 10} KiB in {seconds:F2} s{(obstacle is null ? "" : $"; stopped: {obstacle}")}"));
        }
    }

    /// <summary>Null when all is done, else why not; empty when the mount has ended and nobody wants to know.</summary>
    private string? Prime(MountInfo mount)
    {
        using SafeFileHandle table = PosixFile.Open("/proc/self/mountinfo");
        if (!MountInfo.IsMounted(mount.Major, mount.Minor) || !AwaitQuiet(table, mount))
        {
            return string.Empty;
        }

        var plan = new PrimePlan(_store.Nodes, _root);
        long toCome = plan.Files.Sum(plan.PageBytes);
        if (MemoryRoom.Shortage(toCome) is { } shortage)
        {
            return shortage;
        }

        // It is in no hurry: to spin for it would cost ten times what its requests do.
        _session.BackgroundProcess = _walker.Id;
        var batch = new WalkBatch(_store.Nodes, _root);
        int next = 0;
        while (Fill(batch, plan, ref next, ref toCome))
        {
            if (!AwaitQuiet(table, mount))
            {
                return string.Empty;
            }

            if (MemoryRoom.Shortage(toCome) is { } late)
            {
                return late;
            }

            if (!Walk(batch, table, mount))
            {
                return IsOver(mount) ? string.Empty : "the walker ended";
            }
        }

        return AwaitArrival(table, mount) ? null : string.Empty;
    }

    /// <summary>The next paths, counted by <paramref name="next"/> over directories, absent names and files; false at the end.</summary>
    private static bool Fill(WalkBatch batch, PrimePlan plan, ref int next, ref long toCome)
    {
        batch.Clear();
        long before = toCome;
        while (before - toCome < BatchBytes)
        {
            int index = next;
            if (index < plan.Directories.Count)
            {
                if (!batch.TryAdd(WalkAction.List, plan.Directories[index]))
                {
                    return true;
                }
            }
            else if ((index -= plan.Directories.Count) < plan.Absent.Count)
            {
                if (!batch.TryAdd(WalkAction.Miss, plan.Absent[index].Directory, plan.NameOf(index)))
                {
                    return true;
                }
            }
            else if ((index -= plan.Absent.Count) < plan.Files.Count)
            {
                if (!batch.TryAdd(WalkAction.Read, plan.Files[index]))
                {
                    return true;
                }

                toCome -= plan.PageBytes(plan.Files[index]);
            }
            else
            {
                return batch.Bytes.Length > 0;
            }

            next++;
        }

        return true;
    }

    /// <summary>Waits until others have sent no request for a while; false when the mount has ended.</summary>
    private bool AwaitQuiet(SafeFileHandle table, MountInfo mount)
    {
        TimeSpan left;
        while ((left = s_quiet - _session.Quiet) > TimeSpan.Zero)
        {
            if (Poll(null, table, (int)left.TotalMilliseconds + 1) && IsOver(mount))
            {
                return false;
            }
        }

        return !IsStopping();
    }

    /// <summary>Waits for what the walker has asked for and not waited for; false when the mount has ended.</summary>
    private bool AwaitArrival(SafeFileHandle table, MountInfo mount)
    {
        long seen;
        do
        {
            seen = _session.Counters.Total;
            if (Poll(null, table, Arrival) && IsOver(mount))
            {
                return false;
            }
        }
        while (_session.Counters.Total != seen);
        return !IsStopping();
    }

    /// <summary>Has the walker work through a batch; false when it has ended, or the mount.</summary>
    private bool Walk(WalkBatch batch, SafeFileHandle table, MountInfo mount)
    {
        if (!_walker.Send(batch))
        {
            return false;
        }

        while (Poll(_walker.Socket, table, -1))
        {
            if (IsOver(mount))
            {
                return false;
            }
        }

        if (!_walker.Receive(out WalkResult result))
        {
            return false;
        }

        lock (_gate)
        {
            _done.Add(result);
        }

        return true;
    }

    /// <summary>
    /// Waits for the socket, or for <paramref name="milliseconds"/>; true when meanwhile the mount table has changed
    /// (fs/proc_namespace.c: mounts_poll).
    /// </summary>
    private static bool Poll(SafeFileHandle? socket, SafeFileHandle table, int milliseconds)
    {
        LibC.PollFd* entries = stackalloc LibC.PollFd[2];
        entries[0] = new LibC.PollFd { Descriptor = (int)table.DangerousGetHandle(), Events = LibC.POLLPRI };
        entries[1] = new LibC.PollFd { Descriptor = (int)(socket?.DangerousGetHandle() ?? -1), Events = LibC.POLLIN };
        return LibC.Poll(entries, 2, milliseconds) > 0 && (entries[0].Returned & LibC.POLLPRI) != 0;
    }

    private bool IsOver(MountInfo mount) => IsStopping() || !MountInfo.IsMounted(mount.Major, mount.Minor);

    private bool IsStopping()
    {
        lock (_gate)
        {
            return _stopping;
        }
    }
}
