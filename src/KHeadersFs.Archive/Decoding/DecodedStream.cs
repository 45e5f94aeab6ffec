namespace KHeadersFs.Archive.Decoding;

/// <summary>The decoded bytes of an archive, forward only, looked at where the decoder has put them.</summary>
internal abstract class DecodedStream : IDisposable
{
    /// <summary>Decoded bytes that have been passed so far.</summary>
    internal long Position { get; private set; }

    /// <summary>The decoded bytes at hand, which stay until <see cref="Advance"/>: at least one, and none only at the end.</summary>
    /// <exception cref="ArchiveException">The archive is damaged.</exception>
    internal abstract ReadOnlySpan<byte> Peek();

    /// <summary>Passes <paramref name="count"/> of the bytes at hand.</summary>
    internal void Advance(int count)
    {
        Release(count);
        Position += count;
    }

    /// <summary>Fills <paramref name="destination"/>; returns the bytes read, fewer than asked only at the end.</summary>
    /// <exception cref="ArchiveException">The archive is damaged.</exception>
    internal int Read(Span<byte> destination)
    {
        int read = 0;
        while (read < destination.Length && Peek() is { IsEmpty: false } ready)
        {
            int taken = Math.Min(ready.Length, destination.Length - read);
            ready[..taken].CopyTo(destination[read..]);
            Advance(taken);
            read += taken;
        }

        return read;
    }

    /// <summary>Passes <paramref name="count"/> bytes; returns how many there were, fewer than asked only at the end.</summary>
    /// <exception cref="ArchiveException">The archive is damaged.</exception>
    internal long Skip(long count)
    {
        long left = count;
        while (left > 0 && Peek() is { IsEmpty: false } ready)
        {
            int taken = (int)Math.Min(ready.Length, left);
            Advance(taken);
            left -= taken;
        }

        return count - left;
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Lets go of the first <paramref name="count"/> bytes at hand.</summary>
    protected abstract void Release(int count);
}
