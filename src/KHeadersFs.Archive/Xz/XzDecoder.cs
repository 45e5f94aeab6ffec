using KHeadersFs.Archive.Decoding;

namespace KHeadersFs.Archive.Xz;

/// <summary>
/// Decodes a spooled .xz file block after block, of whatever size. Compressed bytes are given back to the system once they have been
/// decoded.
/// </summary>
/// <param name="spool">The file.</param>
/// <param name="index">Its index, which has been read before.</param>
/// <param name="memoryLimit">The most bytes that the decoder of a block may use.</param>
internal sealed class XzDecoder(ArchiveSpool spool, XzIndex index, ulong memoryLimit) : IDecoder
{
    private const long DiscardStep = 64 << 10;

    private readonly XzBlockDecoder _decoder = new(memoryLimit);
    private int _nextBlock;
    private bool _inBlock;
    private long _input; // where the decoder goes on in the archive
    private long _inputEnd;
    private long _discarded;

    /// <inheritdoc/>
    public int Read(Span<byte> output)
    {
        int produced = 0;
        while (produced == 0 && (_inBlock || BeginBlock()))
        {
            ReadOnlySpan<byte> input = spool.Bytes[(int)_input..(int)_inputEnd];
            _inBlock = !_decoder.Decode(input, output, out int consumed, out produced);
            _input += consumed;
            if (_inBlock && consumed == 0 && produced == 0)
            {
                throw ArchiveException.Damaged("a block ends early");
            }
        }

        Discard();
        return produced;
    }

    /// <inheritdoc/>
    public void Dispose() => _decoder.Dispose();

    private bool BeginBlock()
    {
        if (_nextBlock == index.Blocks.Length)
        {
            return false;
        }

        XzBlock block = index.Blocks[_nextBlock++];
        _inputEnd = block.Offset + block.TotalSize;
        _input = block.Offset
            + _decoder.Begin(spool.Stored(block), block.UnpaddedSize, block.DecodedSize, block.Check);
        return true;
    }

    private void Discard()
    {
        if (_input - _discarded >= DiscardStep)
        {
            spool.Discard(_discarded, _input - _discarded);
            _discarded = _input;
        }
    }
}
