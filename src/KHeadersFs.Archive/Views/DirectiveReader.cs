namespace KHeadersFs.Archive.Views;

/// <summary>Reads a text of C line by line, and tells which lines are conditional directives: not those in comments and strings.</summary>
internal ref struct DirectiveReader
{
    private ReadOnlySpan<byte> _rest;
    private List<byte>? _code; // the directive without its comments

    internal DirectiveReader(ReadOnlySpan<byte> text) => _rest = text;

    /// <summary>"if", "ifdef", "ifndef", "elif", "else" or "endif"; empty for any other line.</summary>
    internal ReadOnlySpan<byte> Keyword { get; private set; }

    /// <summary>Where the keyword is in its line.</summary>
    internal int KeywordStart { get; private set; }

    /// <summary>What follows the keyword, with a blank for each comment.</summary>
    internal readonly ReadOnlySpan<byte> Rest => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_code);

    /// <summary>Whether the directive ends in the line that it begins in.</summary>
    internal bool IsOneLine { get; private set; }

    /// <summary>At the end: whether the text ends within a comment.</summary>
    internal bool IsInComment { get; private set; }

    /// <summary>
    /// Reads a line, or a directive or comment that goes on in the next ones with all of them. The last line of a text gets an end if it is a directive.
    /// </summary>
    internal bool TryRead(out ReadOnlySpan<byte> lines)
    {
        lines = default;
        Keyword = default;
        if (_rest.IsEmpty)
        {
            return false;
        }

        int at = 0;
        int end = 0; // of the lines
        bool isStart = true; // nothing but blanks and comments so far
        bool isDirective = false;
        IsOneLine = true;
        _code ??= [];
        _code.Clear();
        while (at < _rest.Length && end == 0)
        {
            ReadOnlySpan<byte> here = _rest[at..];
            if (ContinuationLength(here) is > 0 and int continuation)
            {
                at += continuation;
                IsOneLine = false;
            }
            else if (here[0] == '\n')
            {
                end = ++at;
            }
            else if (here.StartsWith("/*"u8))
            {
                int length = here[2..].IndexOf("*/"u8);
                IsInComment = length < 0;
                length = IsInComment ? here.Length : length + 4;
                IsOneLine &= here[..length].IndexOf((byte)'\n') < 0;
                Note(isDirective, " "u8);
                at += length;
            }
            else if (here.StartsWith("//"u8))
            {
                at += LengthOfLineComment(here);
            }
            else if (here[0] is (byte)'"' or (byte)'\'')
            {
                int length = LengthOfLiteral(here);
                Note(isDirective, here[..length]);
                at += length;
                isStart = false;
            }
            else if (here[0] == '#' && isStart)
            {
                isStart = false;
                isDirective = TryTakeKeyword(at + 1, out at);
            }
            else
            {
                isStart &= here[0] is (byte)' ' or (byte)'\t' or (byte)'\r';
                Note(isDirective, here[..1]);
                at++;
            }
        }

        lines = _rest[..at];
        _rest = _rest[at..];
        if (isDirective && end == 0)
        {
            lines = (byte[])[.. lines, (byte)'\n'];
        }

        return true;
    }

    private readonly void Note(bool isDirective, ReadOnlySpan<byte> code)
    {
        if (isDirective)
        {
            _code!.AddRange(code);
        }
    }

    /// <summary>Takes the word behind "#", which comments and blanks may come before.</summary>
    private bool TryTakeKeyword(int start, out int end)
    {
        end = AfterBlanks(start);
        while (_rest[end..].StartsWith("/*"u8) && _rest[(end + 2)..].IndexOf("*/"u8) is >= 0 and int comment
            && _rest.Slice(end + 2, comment).IndexOf((byte)'\n') < 0)
        {
            end = AfterBlanks(end + 2 + comment + 2);
        }

        int word = end;
        while (end < _rest.Length && Condition.IsNamePart(_rest[end]))
        {
            end++;
        }

        ReadOnlySpan<byte> keyword = _rest[word..end];
        if (!IsConditional(keyword))
        {
            return false;
        }

        Keyword = keyword;
        KeywordStart = word;
        return true;
    }

    private readonly int AfterBlanks(int at)
    {
        while (at < _rest.Length && _rest[at] is (byte)' ' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    private static bool IsConditional(ReadOnlySpan<byte> keyword) =>
        keyword.SequenceEqual("if"u8) || keyword.SequenceEqual("ifdef"u8) || keyword.SequenceEqual("ifndef"u8)
        || keyword.SequenceEqual("elif"u8) || keyword.SequenceEqual("else"u8) || keyword.SequenceEqual("endif"u8);

    private static int ContinuationLength(ReadOnlySpan<byte> text) => text.StartsWith("\\\n"u8) ? 2 : text.StartsWith("\\\r\n"u8) ? 3 : 0;

    /// <summary>Up to the line's end, which is not part of it.</summary>
    private static int LengthOfLineComment(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (at < text.Length && text[at] != '\n')
        {
            at += Math.Max(1, ContinuationLength(text[at..]));
        }

        return Math.Min(at, text.Length);
    }

    /// <summary>With both quotes; one that has no end, as an apostrophe behind #error, ends with its line.</summary>
    private static int LengthOfLiteral(ReadOnlySpan<byte> text)
    {
        int at = 1;
        while (at < text.Length && text[at] != text[0] && text[at] != '\n')
        {
            at += text[at] == '\\' ? 2 : 1;
        }

        return at >= text.Length ? text.Length : text[at] == '\n' ? at : at + 1;
    }
}
