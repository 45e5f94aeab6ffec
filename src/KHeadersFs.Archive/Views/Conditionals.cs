namespace KHeadersFs.Archive.Views;

/// <summary>
/// Takes the parts out of a header that are for the kernel, as <c>unifdef -U__KERNEL__ -D__EXPORTED_HEADERS__</c> does (unifdef(1)): a
/// conditional that is decided by those two loses the lines that are not compiled, and its own where nothing is left to decide.
/// </summary>
internal sealed class Conditionals
{
    private readonly List<byte> _output;
    private readonly Stack<Group> _groups = new();
    private readonly byte[] _lineEnd;
    private bool _prints = true;

    private Conditionals(ReadOnlySpan<byte> text)
    {
        _output = new List<byte>(text.Length);
        int first = text.IndexOf((byte)'\n');
        _lineEnd = first > 0 && text[first - 1] == '\r' ? [.. "\r\n"u8] : [(byte)'\n'];
    }

    private enum Verdict
    {
        Open,
        True,
        False,
    }

    /// <summary>The text for programs; null where #if and #endif do not match, or a comment has no end.</summary>
    internal static byte[]? TryFilter(ReadOnlySpan<byte> text)
    {
        var filter = new Conditionals(text);
        var reader = new DirectiveReader(text);
        while (reader.TryRead(out ReadOnlySpan<byte> lines))
        {
            if (reader.Keyword.IsEmpty)
            {
                filter.Put(lines);
            }
            else if (!filter.TryApply(reader, lines))
            {
                return null;
            }
        }

        return reader.IsInComment || filter._groups.Count > 0 ? null : [.. filter._output];
    }

    private bool TryApply(in DirectiveReader directive, ReadOnlySpan<byte> lines)
    {
        ReadOnlySpan<byte> keyword = directive.Keyword;
        if (keyword.StartsWith("if"u8))
        {
            Begin(VerdictOf(directive), lines);
            return true;
        }

        if (!_groups.TryPop(out Group group) || (group.HasElse && !keyword.SequenceEqual("endif"u8)))
        {
            return false;
        }

        if (keyword.SequenceEqual("endif"u8))
        {
            End(group, lines);
            return true;
        }

        _groups.Push(keyword.SequenceEqual("else"u8)
            ? Else(group, directive, lines) with { HasElse = true }
            : ElseIf(group, VerdictOf(directive), directive, lines));
        return true;
    }

    private void Begin(Verdict verdict, ReadOnlySpan<byte> lines)
    {
        if (_prints && verdict is Verdict.Open)
        {
            Put(lines);
        }

        _groups.Push(new Group(IsOutside: _prints, IsShown: _prints && verdict is Verdict.Open, IsTaken: !_prints || verdict is Verdict.True));
        _prints &= verdict is not Verdict.False;
    }

    /// <summary>Of #elif. What follows a part that is compiled for certain is not.</summary>
    private Group ElseIf(Group group, Verdict verdict, in DirectiveReader directive, ReadOnlySpan<byte> lines)
    {
        if (group.IsTaken)
        {
            return Finish(group, directive, lines);
        }

        _prints = verdict is not Verdict.False;
        switch (verdict)
        {
            case Verdict.Open when group.IsShown:
                Put(lines);
                break;
            case Verdict.Open: // nothing is left of the parts before
                PutEdited(directive, lines, "if  "u8, keepsRest: true);
                return group with { IsShown = true };
            case Verdict.True:
                if (group.IsShown)
                {
                    PutEdited(directive, lines, "else"u8);
                }

                return group with { IsTaken = true };
        }

        return group;
    }

    private Group Else(Group group, in DirectiveReader directive, ReadOnlySpan<byte> lines)
    {
        if (group.IsTaken)
        {
            return Finish(group, directive, lines);
        }

        _prints = true;
        if (group.IsShown)
        {
            Put(lines);
        }

        return group;
    }

    /// <summary>The rest of a group is not compiled: what is shown of it ends here.</summary>
    private Group Finish(Group group, in DirectiveReader directive, ReadOnlySpan<byte> lines)
    {
        _prints = group.IsShown && group.IsOutside;
        if (_prints)
        {
            PutEdited(directive, lines, "endif"u8);
        }

        _prints = false;
        return group with { IsShown = false };
    }

    private void End(Group group, ReadOnlySpan<byte> lines)
    {
        _prints = group.IsOutside;
        if (group.IsShown)
        {
            Put(lines);
        }
    }

    private void Put(ReadOnlySpan<byte> lines)
    {
        if (_prints)
        {
            _output.AddRange(lines);
        }
    }

    /// <summary>A directive with another keyword, and with or without what follows it.</summary>
    private void PutEdited(in DirectiveReader directive, ReadOnlySpan<byte> lines, ReadOnlySpan<byte> keyword, bool keepsRest = false)
    {
        _output.AddRange(lines[..directive.KeywordStart]);
        _output.AddRange(keyword);
        _output.AddRange(keepsRest ? lines[(directive.KeywordStart + directive.Keyword.Length)..] : _lineEnd);
    }

    private static Verdict VerdictOf(in DirectiveReader directive)
    {
        // unifdef reads a line at a time, and decides nothing that goes on in the next one.
        bool? value = directive.IsOneLine ? ConditionOf(directive) : null;
        return value switch
        {
            true => Verdict.True,
            false => Verdict.False,
            null => Verdict.Open,
        };
    }

    private static bool? ConditionOf(in DirectiveReader directive) =>
        directive.Keyword.SequenceEqual("ifdef"u8) ? Condition.IsDefined(directive.Rest)
        : directive.Keyword.SequenceEqual("ifndef"u8) ? !Condition.IsDefined(directive.Rest)
        : Condition.Evaluate(directive.Rest);

    /// <summary>A conditional that is open.</summary>
    /// <param name="IsOutside">Whether the text around it is kept.</param>
    /// <param name="IsShown">Whether an #if of it has been kept, so that an #endif has to be.</param>
    /// <param name="IsTaken">Whether a part has been met that is compiled for certain, or none can be kept.</param>
    /// <param name="HasElse">Whether its #else has been met.</param>
    private readonly record struct Group(bool IsOutside, bool IsShown, bool IsTaken, bool HasElse = false);
}
