using System.Runtime.InteropServices;
using KHeadersFs.Archive.Interop;

namespace KHeadersFs.Archive.Decoding;

/// <summary>
/// Decodes a file of gzip members of any size, forward only (RFC 1952). Zeros may follow, with which tapes were filled, and nothing else.
/// </summary>
internal sealed unsafe class GzipDecoder : SafeHandle, IDecoder
{
    /// <summary>The first byte of a member (RFC 1952, 2.3.1: ID1).</summary>
    private const byte FirstByte = 0x1F;

    private readonly ArchiveInput _file;
    private readonly LibZ.Stream* _stream;
    private bool _inMember;

    /// <summary>A decoder of <paramref name="file"/>, which stays the caller's to dispose of. It looks back 32 KiB at most.</summary>
    internal GzipDecoder(ArchiveInput file)
        : base(0, ownsHandle: true)
    {
        _file = file;
        _stream = (LibZ.Stream*)NativeMemory.AllocZeroed((nuint)sizeof(LibZ.Stream));
        SetHandle((nint)_stream);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <inheritdoc/>
    public int Read(Span<byte> output)
    {
        int produced = 0;
        while (produced == 0 && (_inMember || TryBeginMember()))
        {
            produced = Inflate(_file.Peek(), output);
        }

        return produced;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        End();
        NativeMemory.Free(_stream);
        return true;
    }

    /// <summary>False at the end of the file.</summary>
    private bool TryBeginMember()
    {
        while (_file.Peek() is { IsEmpty: false } next)
        {
            int zeros = next.IndexOfAnyExcept((byte)0);
            if (zeros == 0)
            {
                Begin(next[0]);
                return true;
            }

            _file.Advance(zeros < 0 ? next.Length : zeros);
        }

        return false;
    }

    private void Begin(byte first)
    {
        if (first != FirstByte)
        {
            throw ArchiveException.Damaged("something follows that is not in the format gzip");
        }

        End();
        *_stream = default;
        Require(LibZ.InflateInit(_stream, LibZ.GzipWindow));
        _inMember = true;
    }

    private void End()
    {
        if (_stream->Internal != null)
        {
            _ = LibZ.InflateEnd(_stream);
        }
    }

    private int Inflate(ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.IsEmpty)
        {
            throw ArchiveException.Damaged("it ends within a gzip member");
        }

        fixed (byte* from = input)
        fixed (byte* to = output)
        {
            _stream->NextIn = from;
            _stream->AvailIn = (uint)input.Length;
            _stream->NextOut = to;
            _stream->AvailOut = (uint)output.Length;
            LibZ.Result result = LibZ.Inflate(_stream, LibZ.NoFlush);
            _inMember = result != LibZ.Result.StreamEnd;
            if (_inMember)
            {
                Require(result);
            }

            _file.Advance(input.Length - (int)_stream->AvailIn);
            return output.Length - (int)_stream->AvailOut;
        }
    }

    private static void Require(LibZ.Result result)
    {
        if (result != LibZ.Result.Ok)
        {
            throw result == LibZ.Result.MemoryError
                ? new InsufficientMemoryException("inflate")
                : ArchiveException.Damaged("a gzip member cannot be decoded");
        }
    }
}
