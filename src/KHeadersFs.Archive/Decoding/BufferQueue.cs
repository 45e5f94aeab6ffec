namespace KHeadersFs.Archive.Decoding;

/// <summary>
/// A fixed set of buffers that go round between one thread that fills and one that empties them. The emptying thread is
/// woken when half of them are full: waking it for each one, or letting it spin, would slow the filling one down, which
/// shares a core with it on many machines.
/// </summary>
internal sealed class BufferQueue : IDisposable
{
#pragma warning disable MA0158 // System.Threading.Lock has no Wait and Pulse.
    private readonly object _gate = new();
#pragma warning restore MA0158
    private readonly NativeBuffer[] _buffers;
    private readonly Queue<(NativeBuffer Buffer, int Length)> _full; // guarded by _gate
    private readonly Stack<NativeBuffer> _empty; // guarded by _gate
    private readonly int _wakeAt;
    private bool _completed; // guarded by _gate

    /// <summary><paramref name="count"/> buffers of <paramref name="size"/> bytes each.</summary>
    internal BufferQueue(int count, int size)
    {
        _buffers = new NativeBuffer[count];
        _full = new Queue<(NativeBuffer Buffer, int Length)>(count);
        _empty = new Stack<NativeBuffer>(count);
        _wakeAt = count / 2;
        for (int i = 0; i < count; i++)
        {
            _buffers[i] = new NativeBuffer(size);
            _empty.Push(_buffers[i]);
        }
    }

    /// <summary>An empty buffer; waits for the emptying thread if there is none. Null once the queue is completed.</summary>
    internal NativeBuffer? TakeEmpty()
    {
        lock (_gate)
        {
            while (_empty.Count == 0 && !_completed)
            {
                Monitor.Wait(_gate);
            }

            return _completed ? null : _empty.Pop();
        }
    }

    /// <summary>Hands over a buffer of which <paramref name="length"/> bytes are filled.</summary>
    internal void PutFull(NativeBuffer buffer, int length)
    {
        lock (_gate)
        {
            _full.Enqueue((buffer, length));
            if (_full.Count == _wakeAt)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>The next full buffer, in order; null when there is none left and none will come.</summary>
    internal NativeBuffer? TakeFull(out int length)
    {
        lock (_gate)
        {
            while (_full.Count == 0 && !_completed)
            {
                Monitor.Wait(_gate);
            }

            _ = _full.TryDequeue(out (NativeBuffer Buffer, int Length) next);
            length = next.Length;
            return next.Buffer;
        }
    }

    /// <summary>Gives an emptied buffer back.</summary>
    internal void PutEmpty(NativeBuffer buffer)
    {
        lock (_gate)
        {
            _empty.Push(buffer);
            if (_empty.Count == 1)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Either thread is through: no more buffers are filled, and those that are full may still be emptied.</summary>
    internal void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Frees the buffers, which nobody may use any more.</summary>
    public void Dispose() => Array.ForEach(_buffers, static b => b.Dispose());
}
