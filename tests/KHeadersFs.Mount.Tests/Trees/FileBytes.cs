namespace KHeadersFs.Mount.Tests;

/// <summary>Compares files byte by byte without holding more than a piece of each.</summary>
internal static class FileBytes
{
    /// <summary>Null when both files hold the same bytes, else where and how they differ.</summary>
    internal static string? Difference(string expected, string actual)
    {
        using FileStream left = File.OpenRead(expected);
        using FileStream right = File.OpenRead(actual);
        byte[] leftPiece = new byte[64 * 1024];
        byte[] rightPiece = new byte[64 * 1024];
        for (long offset = 0; ;)
        {
            int leftCount = left.ReadAtLeast(leftPiece, leftPiece.Length, throwOnEndOfStream: false);
            int rightCount = right.ReadAtLeast(rightPiece, rightPiece.Length, throwOnEndOfStream: false);
            int same = leftPiece.AsSpan(0, leftCount).CommonPrefixLength(rightPiece.AsSpan(0, rightCount));
            if (same < leftCount || same < rightCount)
            {
                return leftCount == rightCount ? $"byte {offset + same} differs" : $"one ends at {offset + same}";
            }

            if (leftCount == 0)
            {
                return null;
            }

            offset += leftCount;
        }
    }
}
