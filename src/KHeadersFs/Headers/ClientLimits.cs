using System.Buffers;
using System.Text;
using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Serving;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Headers;

/// <summary>What a client cannot do with headers that are right. Each sentence is said by every command in the same words.</summary>
internal static class ClientLimits
{
    /// <summary>
    /// Of headers that need -fms-extensions, to follow "bpftrace". scripts/clients/bpftrace has those that were tried with
    /// bpftrace 0.27.1 and Linux 7.2: 6 of 25 can be read. It has neither the flag (src/ast/passes/clang_parser.cpp) nor an option for it.
    /// </summary>
    internal const string BpftraceWithoutExtensions =
        "0.27 cannot read most headers of this kernel (linux/fs.h, linux/mm.h, net/sock.h and 16 others of 25 tried), because it does not pass -fms-extensions; "
        + "what works: types from BTF without #include, bcc, and clang with kheadersfs cflags";

    private const int ChunkSize = 8192;

    /// <summary>Those that most others include, and that have such members (7.2; Linux builds with -fms-extensions since 6.19: Makefile, CC_FLAGS_DIALECT).</summary>
    private static readonly string[] s_headers = ["include/linux/fs.h", "include/linux/ns/ns_common_types.h"];

    private static readonly SearchValues<byte> s_nameBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"u8);

    /// <summary>
    /// Whether a compiler reads the headers below a directory only with -fms-extensions. The headers themselves show that: autoconf.h has CONFIG_CC_MS_EXTENSIONS
    /// only since the flag became an option of the configuration, and a release number says nothing of a kernel that took a patch back.
    /// </summary>
    internal static bool NeedsExtensions(string directory) => Array.Exists(
        s_headers, header => LimitedText.Read($"{directory}/{header}") is { } text && HasUnnamedMember(Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// The same of a store's file; null where it is too damaged to tell. Reads in small parts, and opens the store for this alone: what that takes is for a
    /// server that may never be asked to decode anything.
    /// </summary>
    internal static bool? NeedsExtensions(SafeFileHandle file)
    {
        try
        {
            using HeaderStore store = HeaderStore.Open(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false)); // the descriptor stays the caller's
            return Array.Exists(s_headers, header => StoredFile.Find(store, header) is { } node && HasUnnamedMember(store, node));
        }
        catch (ArchiveException)
        {
            return null; // whoever reads there gets EIO, and the log has a line
        }
    }

    /// <summary>
    /// Whether a text in C has a line that is only "struct NAME;" or "union NAME;" and is indented: a member with a tag and without a name, whose own members
    /// count as those of what it stands in. Only Microsoft's extensions of C, and Plan 9's, have that; others take it for a declaration of nothing.
    /// </summary>
    internal static bool HasUnnamedMember(ReadOnlySpan<byte> text)
    {
        foreach (Range range in text.Split((byte)'\n'))
        {
            if (IsUnnamedMember(text[range]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasUnnamedMember(HeaderStore store, int node)
    {
        byte[] buffer = new byte[ChunkSize];
        int length;
        for (ulong position = 0; (length = store.Read(node, position, buffer)) > 0;)
        {
            // Whole lines, as far as there are any; the rest is read again.
            int lines = buffer.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
            lines = lines > 0 ? lines : length;
            if (HasUnnamedMember(buffer.AsSpan(0, lines)))
            {
                return true;
            }

            position += (ulong)lines;
        }

        return false;
    }

    private static bool IsUnnamedMember(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> words = line.Trim(" \t\r"u8);
        if (words.Length == 0 || line[0] is not ((byte)' ' or (byte)'\t') || words[^1] != ';')
        {
            return false;
        }

        ReadOnlySpan<byte> name = words.StartsWith("struct "u8) ? words["struct ".Length..^1]
            : words.StartsWith("union "u8) ? words["union ".Length..^1]
            : default;
        return name.Length > 0 && name.IndexOfAnyExcept(s_nameBytes) < 0;
    }
}
