using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mount.Tests;

/// <summary>Compares files byte by byte without holding more than a piece of each.</summary>
internal static class FileBytes
{
    private const int Piece = 64 * 1024;

    // A tree has 7,000 files: memory of 128 KiB for each, and a stream for each, take longer than all else.
    [ThreadStatic]
    private static byte[]? s_expected;

    [ThreadStatic]
    private static byte[]? s_actual;

    /// <summary>Null when both files hold the same bytes, else where and how they differ.</summary>
    internal static string? Difference(string expected, string actual)
    {
        using SafeFileHandle left = File.OpenHandle(expected);
        using SafeFileHandle right = File.OpenHandle(actual);
        byte[] leftPiece = s_expected ??= new byte[Piece];
        byte[] rightPiece = s_actual ??= new byte[Piece];
        for (long offset = 0; ;)
        {
            int leftCount = Read(left, leftPiece, offset);
            int rightCount = Read(right, rightPiece, offset);
            int same = leftPiece.AsSpan(0, leftCount).CommonPrefixLength(rightPiece.AsSpan(0, rightCount));
            if (same < leftCount || same < rightCount)
            {
                return leftCount == rightCount ? $"byte {offset + same} differs" : $"one ends at {offset + same}";
            }

            if (leftCount < Piece)
            {
                return null;
            }

            offset += leftCount;
        }
    }

    // As much as there is: the server may answer with less than it was asked for.
    private static int Read(SafeFileHandle file, byte[] piece, long offset)
    {
        int count = 0;
        for (int got = -1; got != 0 && count < piece.Length; count += got)
        {
            got = RandomAccess.Read(file, piece.AsSpan(count), offset + count);
        }

        return count;
    }
}
