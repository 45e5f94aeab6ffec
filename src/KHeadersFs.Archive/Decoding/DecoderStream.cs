using System.Runtime.ExceptionServices;

namespace KHeadersFs.Archive.Decoding;

/// <summary>
/// Decodes on a thread of its own, which does nothing else: so the pass takes as long as decoding alone, while indexing and packing go on
/// beside it.
/// </summary>
internal sealed class DecoderStream : DecodedStream
{
    private const int OutputSize = 32 << 10;
    private const int Outputs = 6;

    private readonly IDecoder _decoder;
    private readonly ArchiveLimits _limits;
    private readonly BufferQueue _outputs = new(Outputs, OutputSize);
    private readonly Thread _thread;
    private Exception? _failure; // written before the queue is completed, read after it
    private long _decoded; // of the decoding thread

    // Of the reader.
    private NativeBuffer? _output;
    private int _outputStart;
    private int _outputLength;

    /// <summary>The bytes of <paramref name="decoder"/>, which is disposed of with the stream.</summary>
    internal DecoderStream(IDecoder decoder, ArchiveLimits limits)
    {
        _decoder = decoder;
        _limits = limits;
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
            while (_outputs.TakeEmpty() is { } output && Fill(output.Span) is int length and > 0)
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
    private int Fill(Span<byte> output)
    {
        int filled = 0;
        while (filled < output.Length && _decoder.Read(output[filled..]) is int read and > 0)
        {
            filled += read;
        }

        _decoded += filled;
        return _decoded <= _limits.DecodedBytes ? filled : throw new ArchiveException(
            $"decodes to more than {_limits.DecodedBytes >> 20} MiB, so it is not a kernel's headers archive; -o limit_decoded=MIB allows more");
    }
}
