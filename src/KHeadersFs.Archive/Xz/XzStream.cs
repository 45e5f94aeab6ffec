using System.Runtime.ExceptionServices;

namespace KHeadersFs.Archive.Xz;

/// <summary>
/// Decodes a spooled .xz file block after block, of whatever size, on a thread of its own: that thread does nothing but
/// decode, so that the pass takes as long as decoding alone while indexing and packing go on beside it. Compressed bytes are
/// given back to the system once they have been decoded.
/// </summary>
internal sealed class XzStream : DecodedStream
{
    private const int InputSize = 64 << 10;
    private const int OutputSize = 64 << 10;
    private const int Outputs = 16;
    private const long DiscardStep = 256 << 10;

    private readonly ArchiveSpool _spool;
    private readonly XzIndex _index;
    private readonly XzBlockDecoder _decoder;
    private readonly BufferQueue _outputs = new(Outputs, OutputSize);
    private readonly Thread _thread;
    private Exception? _failure; // written before the queue is completed, read after it

    // Of the decoding thread.
    private readonly NativeBuffer _input = new(InputSize);
    private int _nextBlock;
    private bool _inBlock;
    private long _inputPosition;
    private long _inputEnd;
    private int _inputStart;
    private int _inputLength;
    private long _discarded;

    // Of the reader.
    private NativeBuffer? _output;
    private int _outputStart;
    private int _outputLength;

    /// <summary>The decoded bytes of <paramref name="spool"/>, whose index has been read before.</summary>
    internal XzStream(ArchiveSpool spool, XzIndex index, ulong memoryLimit)
    {
        _spool = spool;
        _index = index;
        _decoder = new XzBlockDecoder(memoryLimit);
        _thread = new Thread(DecodeAll, 256 << 10) { Name = "decode", IsBackground = true };
        _thread.Start();
    }

    /// <inheritdoc/>
    internal override void Drain()
    {
        while (HasOutput())
        {
            _outputLength = 0;
        }
    }

    /// <inheritdoc/>
    protected override int ReadDecoded(Span<byte> buffer)
    {
        if (!HasOutput())
        {
            return 0;
        }

        int read = Math.Min(buffer.Length, _outputLength);
        _output!.Span.Slice(_outputStart, read).CopyTo(buffer);
        _outputStart += read;
        _outputLength -= read;
        return read;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _outputs.Complete();
        _thread.Join();
        _decoder.Dispose();
        _input.Dispose();
        _outputs.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Waits for decoded bytes; false only at the end.</summary>
    private bool HasOutput()
    {
        if (_outputLength > 0)
        {
            return true;
        }

        if (_output is not null)
        {
            _outputs.PutEmpty(_output);
        }

        _output = _outputs.TakeFull(out _outputLength);
        _outputStart = 0;
        if (_output is null && _failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        return _output is not null;
    }

    private void DecodeAll()
    {
        try
        {
            while (_outputs.TakeEmpty() is { } output && Decode(output.Span) is int length and > 0)
            {
                _outputs.PutFull(output, length);
            }
        }
#pragma warning disable CA1031 // Whatever it is, the reader throws it on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failure = e;
        }

        _outputs.Complete();
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
