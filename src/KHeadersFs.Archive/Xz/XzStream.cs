namespace KHeadersFs.Archive.Xz;

/// <summary>
/// Decodes a spooled .xz file block after block, of whatever size. Compressed bytes are given back to the system once they
/// have been decoded.
/// </summary>
internal sealed class XzStream : DecodedStream
{
    private const int InputSize = 64 << 10;

    /// <summary>Small reads go through a buffer of this size; the rest is decoded to where it is wanted.</summary>
    private const int OutputSize = 4 << 10;

    private const long DiscardStep = 256 << 10;

    private readonly ArchiveSpool _spool;
    private readonly XzIndex _index;
    private readonly XzBlockDecoder _decoder;
    private readonly NativeBuffer _input = new(InputSize);
    private readonly NativeBuffer _output = new(OutputSize);
    private int _nextBlock;
    private bool _inBlock;
    private long _inputPosition;
    private long _inputEnd;
    private int _inputStart;
    private int _inputLength;
    private int _outputStart;
    private int _outputLength;
    private long _discarded;

    /// <summary>The decoded bytes of <paramref name="spool"/>, whose index has been read before.</summary>
    internal XzStream(ArchiveSpool spool, XzIndex index, ulong memoryLimit)
    {
        _spool = spool;
        _index = index;
        _decoder = new XzBlockDecoder(memoryLimit);
    }

    /// <inheritdoc/>
    internal override void Drain()
    {
        _outputLength = 0;
        while (Decode(_output.Span) > 0)
        {
        }
    }

    /// <inheritdoc/>
    protected override int ReadDecoded(Span<byte> buffer)
    {
        if (_outputLength == 0 && buffer.Length >= OutputSize)
        {
            return Decode(buffer);
        }

        if (_outputLength == 0)
        {
            _outputStart = 0;
            _outputLength = Decode(_output.Span);
        }

        int read = Math.Min(buffer.Length, _outputLength);
        _output.Span.Slice(_outputStart, read).CopyTo(buffer);
        _outputStart += read;
        _outputLength -= read;
        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _decoder.Dispose();
        _input.Dispose();
        _output.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Fills <paramref name="output"/> as far as there is something to decode; 0 only at the end.</summary>
    private int Decode(Span<byte> output)
    {
        int filled = 0;
        while (filled < output.Length)
        {
            if (!_inBlock && !BeginBlock())
            {
                break;
            }

            Refill();
            bool ended = _decoder.Decode(
                _input.Span.Slice(_inputStart, _inputLength), output[filled..], out int consumed, out int produced);
            _inputStart += consumed;
            _inputLength -= consumed;
            filled += produced;
            if (ended)
            {
                _inBlock = false;
            }
            else if (consumed == 0 && produced == 0)
            {
                throw ArchiveException.Damaged("a block ends early");
            }
        }

        return filled;
    }

    private bool BeginBlock()
    {
        if (_nextBlock == _index.Blocks.Length)
        {
            return false;
        }

        XzBlock block = _index.Blocks[_nextBlock++];
        _inputPosition = block.Offset;
        _inputEnd = block.Offset + block.TotalSize;
        _inputLength = 0;
        Refill();
        int header = _decoder.Begin(
            _input.Span[.._inputLength], block.UnpaddedSize, block.DecodedSize, block.Check);
        _inputStart += header;
        _inputLength -= header;
        _inBlock = true;
        return true;
    }

    private void Refill()
    {
        if (_inputLength > 0 || _inputPosition == _inputEnd)
        {
            return;
        }

        if (_inputPosition - _discarded >= DiscardStep)
        {
            _spool.Discard(_discarded, _inputPosition - _discarded);
            _discarded = _inputPosition;
        }

        int wanted = (int)Math.Min(InputSize, _inputEnd - _inputPosition);
        _inputStart = 0;
        _inputLength = _spool.Read(_input.Span[..wanted], _inputPosition);
        _inputPosition += _inputLength;
    }
}
