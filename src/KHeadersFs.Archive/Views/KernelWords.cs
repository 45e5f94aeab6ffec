using System.Runtime.InteropServices;

namespace KHeadersFs.Archive.Views;

/// <summary>
/// The words of a header that only the kernel understands: annotations, its names of attributes, the prefix of include guards. The rules are
/// those of sed in scripts/headers_install.sh, one after the other over each line.
/// </summary>
internal static class KernelWords
{
    private static readonly byte[][] s_annotations = ["__user"u8.ToArray(), "__force"u8.ToArray(), "__iomem"u8.ToArray()];
    private static readonly byte[][] s_keywords = ["inline"u8.ToArray(), "asm"u8.ToArray(), "volatile"u8.ToArray()];
    private static readonly byte[][] s_guards = ["ifndef"u8.ToArray(), "define"u8.ToArray(), "endif"u8.ToArray()];

    /// <summary>Tries a rule at a place: how many bytes it takes there, and what it puts in their place.</summary>
    private delegate int Rule(ReadOnlySpan<byte> line, int at, List<byte> output);

    /// <summary>Appends a line, which has no line end, without those words.</summary>
    internal static void AppendWithout(List<byte> output, ReadOnlySpan<byte> line)
    {
        List<byte> text = [.. line];
        text = Replaced(text, DropAnnotation);
        text = Replaced(text, DropConst);
        text = Replaced(text, DropCompiler);
        text = Replaced(text, SpellPacked);
        text = Replaced(text, MarkKeyword);
        text = Replaced(text, DropGuardPrefix, once: true);
        output.AddRange(text);
    }

    /// <summary>What a rule makes of a line: its leftmost places, none over another.</summary>
    private static List<byte> Replaced(List<byte> text, Rule rule, bool once = false)
    {
        ReadOnlySpan<byte> line = CollectionsMarshal.AsSpan(text);
        List<byte>? output = null;
        int kept = 0;
        var made = new List<byte>();
        for (int at = 0; at < line.Length; at++)
        {
            made.Clear();
            if (rule(line, at, made) is > 0 and int taken)
            {
                output ??= new List<byte>(line.Length + 32);
                output.AddRange(line[kept..at]);
                output.AddRange(made);
                kept = at + taken;
                at = kept - 1;
                if (once)
                {
                    break;
                }
            }
        }

        if (output is null)
        {
            return text;
        }

        output.AddRange(line[kept..]);
        return output;
    }

    // s/([[:space:](])(__user|__force|__iomem)[[:space:]]/\1/g
    private static int DropAnnotation(ReadOnlySpan<byte> line, int at, List<byte> output)
    {
        if (!IsSpaceOr(line[at], '(') || WordAt(line, at + 1, s_annotations) is not { } word || !IsSpaceAt(line, at + 1 + word.Length))
        {
            return 0;
        }

        output.Add(line[at]);
        return 1 + word.Length + 1;
    }

    // s/__attribute_const__([[:space:]]|$)/\1/g
    private static int DropConst(ReadOnlySpan<byte> line, int at, List<byte> output)
    {
        ReadOnlySpan<byte> word = "__attribute_const__"u8;
        int end = at + word.Length;
        if (!line[at..].StartsWith(word) || (end < line.Length && !IsSpaceAt(line, end)))
        {
            return 0;
        }

        return AppendNext(line, end, output) + word.Length;
    }

    // s@^#include <linux/compiler(|_types).h>@@
    private static int DropCompiler(ReadOnlySpan<byte> line, int at, List<byte> output)
    {
        ReadOnlySpan<byte> start = "#include <linux/compiler"u8;
        if (at > 0 || !line.StartsWith(start))
        {
            return 0;
        }

        int end = start.Length + (line[start.Length..].StartsWith("_types"u8) ? "_types"u8.Length : 0);
        ReadOnlySpan<byte> rest = line[end..];
        return rest.Length >= 3 && rest[1..].StartsWith("h>"u8) ? end + 3 : 0;
    }

    // s/(^|[^a-zA-Z0-9])__packed([^a-zA-Z0-9_]|$)/\1__attribute__((packed))\2/g
    private static int SpellPacked(ReadOnlySpan<byte> line, int at, List<byte> output)
    {
        ReadOnlySpan<byte> word = "__packed"u8;
        int start = at == 0 && line.StartsWith(word) ? 0 : !char.IsAsciiLetterOrDigit((char)line[at]) ? at + 1 : -1;
        int end = start + word.Length;
        if (start < 0 || !line[start..].StartsWith(word) || (end < line.Length && (char.IsAsciiLetterOrDigit((char)line[end]) || line[end] == '_')))
        {
            return 0;
        }

        output.AddRange(line[at..start]);
        output.AddRange("__attribute__((packed))"u8);
        return AppendNext(line, end, output) + end - at;
    }

    // s/(^|[[:space:](])(inline|asm|volatile)([[:space:](]|$)/\1__\2__\3/g
    private static int MarkKeyword(ReadOnlySpan<byte> line, int at, List<byte> output)
    {
        int start = at == 0 && WordAt(line, 0, s_keywords) is not null ? 0 : IsSpaceOr(line[at], '(') ? at + 1 : -1;
        if (start < 0 || WordAt(line, start, s_keywords) is not { } word)
        {
            return 0;
        }

        int end = start + word.Length;
        if (end < line.Length && !IsSpaceOr(line[end], '('))
        {
            return 0;
        }

        output.AddRange(line[at..start]);
        output.AddRange("__"u8);
        output.AddRange(word);
        output.AddRange("__"u8);
        return AppendNext(line, end, output) + end - at;
    }

    // s@#(ifndef|define|endif[[:space:]]*/[*])[[:space:]]*_UAPI@#\1 @
    private static int DropGuardPrefix(ReadOnlySpan<byte> line, int at, List<byte> output)
    {
        if (line[at] != '#' || WordAt(line, at + 1, s_guards) is not { } word)
        {
            return 0;
        }

        int end = at + 1 + word.Length;
        if (word[0] == 'e')
        {
            end = AfterSpace(line, end);
            if (!line[end..].StartsWith("/*"u8))
            {
                return 0;
            }

            end += 2;
        }

        int prefix = AfterSpace(line, end);
        if (!line[prefix..].StartsWith("_UAPI"u8))
        {
            return 0;
        }

        output.AddRange(line[at..end]);
        output.Add((byte)' ');
        return prefix + "_UAPI"u8.Length - at;
    }

    private static byte[]? WordAt(ReadOnlySpan<byte> line, int at, byte[][] words)
    {
        foreach (byte[] word in words)
        {
            if (at <= line.Length && line[at..].StartsWith(word))
            {
                return word;
            }
        }

        return null;
    }

    /// <summary>The byte behind a word belongs to its place; returns how many there are, 0 at the line's end.</summary>
    private static int AppendNext(ReadOnlySpan<byte> line, int at, List<byte> output)
    {
        output.AddRange(line[at..Math.Min(at + 1, line.Length)]);
        return at < line.Length ? 1 : 0;
    }

    private static int AfterSpace(ReadOnlySpan<byte> line, int at)
    {
        while (IsSpaceAt(line, at))
        {
            at++;
        }

        return at;
    }

    private static bool IsSpaceAt(ReadOnlySpan<byte> line, int at) => at < line.Length && IsSpaceOr(line[at], ' ');

    private static bool IsSpaceOr(byte value, char other) => value is (byte)' ' or (>= 9 and <= 13) || value == other;
}
