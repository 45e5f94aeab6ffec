namespace KHeadersFs.Archive.Xz;

/// <summary>The decoded bytes of an .xz file, forward only.</summary>
internal abstract class DecodedStream : Stream
{
    private long _position;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <summary>Decoded bytes that have been read so far.</summary>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    /// <exception cref="ArchiveException">The archive is damaged.</exception>
    public override int Read(Span<byte> buffer)
    {
        int read = ReadDecoded(buffer);
        _position += read;
        return read;
    }

    /// <summary>Decodes what is left, so that every checksum of the archive has been verified.</summary>
    internal abstract void Drain();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>The next decoded bytes, at least one; 0 only at the end.</summary>
    protected abstract int ReadDecoded(Span<byte> buffer);
}
