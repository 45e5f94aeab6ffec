using System.Runtime.ExceptionServices;

namespace KHeadersFs.Archive.Xz;

/// <summary>
/// Decodes a spooled .xz file block after block, of whatever size, on a thread of its own: that thread does nothing but
/// decode, so that the pass takes as long as decoding alone while indexing and packing go on beside it. Compressed bytes are
/// given back to the system once they have been decoded.
/// </summary>
internal sealed class XzStream : DecodedStream
{
    private const int OutputSize = 32 << 10;
    private const int Outputs = 8;
    private const long DiscardStep = 64 << 10;

    private readonly ArchiveSpool _spool;
    private readonly XzIndex _index;
    private readonly XzBlockDecoder _decoder;
    private readonly BufferQueue _outputs = new(Outputs, OutputSize);
    private readonly Thread _thread;
    private Exception? _failure; // written before the queue is completed, read after it

    // Of the decoding thread.
    private int _nextBlock;
    private bool _inBlock;
    private long _input; // where the decoder goes on in the archive
    private long _inputEnd;
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
    internal override ReadOnlySpan<byte> Peek() => HasOutput() ? _output!.Span.Slice(_outputStart, _outputLength) : [];

    /// <inheritdoc/>
    public override void Dispose()
    {
        _outputs.Complete();
        _thread.Join();
        _decoder.Dispose();
        _outputs.Dispose();
    }

    /// <inheritdoc/>
    protected override void Release(int count)
    {
        _outputStart += count;
        _outputLength -= count;
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

            ReadOnlySpan<byte> input = _spool.Bytes[(int)_input..(int)_inputEnd];
            bool ended = _decoder.Decode(input, output[filled..], out int consumed, out int produced);
            _input += consumed;
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

        Discard();
        return filled;
    }

    private bool BeginBlock()
    {
        if (_nextBlock == _index.Blocks.Length)
        {
            return false;
        }

        XzBlock block = _index.Blocks[_nextBlock++];
        _inputEnd = block.Offset + block.TotalSize;
        _input = block.Offset
            + _decoder.Begin(_spool.Stored(block), block.UnpaddedSize, block.DecodedSize, block.Check);
        _inBlock = true;
        return true;
    }

    private void Discard()
    {
        if (_input - _discarded >= DiscardStep)
        {
            _spool.Discard(_discarded, _input - _discarded);
            _discarded = _input;
        }
    }
}
