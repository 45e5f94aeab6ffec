namespace KHeadersFs.Archive.Views;

/// <summary>
/// A header of the kernel as programs get it: what scripts/headers_install.sh of Linux makes of it by sed and unifdef, to the byte. The
/// check of scripts/check-uapi.sh compares it.
/// </summary>
internal static class UapiHeader
{
    /// <summary>The header for programs; null for one whose conditionals or comments do not match.</summary>
    internal static byte[]? TryMake(ReadOnlySpan<byte> text)
    {
        var plain = new List<byte>(text.Length + 64);
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            KernelWords.AppendWithout(plain, end < 0 ? text : text[..end]);
            if (end < 0)
            {
                break;
            }

            plain.Add((byte)'\n');
            text = text[(end + 1)..];
        }

        return Conditionals.TryFilter(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(plain));
    }
}
