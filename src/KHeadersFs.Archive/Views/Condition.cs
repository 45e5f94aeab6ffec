using System.Globalization;

namespace KHeadersFs.Archive.Views;

/// <summary>
/// The condition of an #if as unifdef(1) decides it: __KERNEL__ is not defined, __EXPORTED_HEADERS__ is 1, nothing is known of other names.
/// What has no name in it stays, as "#if 0", and so does what is not understood.
/// </summary>
internal ref struct Condition
{
    private const int MaxDepth = 100;

    private ReadOnlySpan<byte> _rest;
    private int _depth;
    private bool _hasName;
    private bool _isUnderstood;

    /// <summary>Whether the one name in <paramref name="text"/> is defined; null where nobody knows, or something follows it.</summary>
    internal static bool? IsDefined(ReadOnlySpan<byte> text)
    {
        var condition = new Condition { _rest = text };
        ReadOnlySpan<byte> name = condition.TakeName();
        condition.SkipBlanks();
        return condition._rest.IsEmpty ? Known(name) is { } value ? value != 0 : null : null;
    }

    /// <summary>The value of <paramref name="text"/>, or null for what is not known or has to stay.</summary>
    internal static bool? Evaluate(ReadOnlySpan<byte> text)
    {
        var condition = new Condition { _rest = text, _isUnderstood = true };
        long? value = condition.Or();
        condition.SkipBlanks();
        return condition._isUnderstood && condition._hasName && condition._rest.IsEmpty && value is { } known ? known != 0 : null;
    }

    /// <summary>Whether a byte may be in a name.</summary>
    internal static bool IsNamePart(byte value) => char.IsAsciiLetterOrDigit((char)value) || value == '_';

    private static long? Known(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("__KERNEL__"u8) ? 0 : name.SequenceEqual("__EXPORTED_HEADERS__"u8) ? 1 : null;

    private long? Or()
    {
        long? left = And();
        while (TryTake("||"u8))
        {
            long? right = And();
            left = left is not null and not 0 || right is not null and not 0 ? 1 : left is null || right is null ? null : 0;
        }

        return left;
    }

    private long? And()
    {
        long? left = Equality();
        while (TryTake("&&"u8))
        {
            long? right = Equality();
            left = left is 0 || right is 0 ? 0 : left is null || right is null ? null : 1;
        }

        return left;
    }

    private long? Equality()
    {
        long? left = Relation();
        while (true)
        {
            if (TryTake("=="u8))
            {
                left = Compare(left, Relation(), static (a, b) => a == b);
            }
            else if (TryTake("!="u8))
            {
                left = Compare(left, Relation(), static (a, b) => a != b);
            }
            else
            {
                return left;
            }
        }
    }

    private long? Relation()
    {
        long? left = Unary();
        while (true)
        {
            if (TryTake("<="u8))
            {
                left = Compare(left, Unary(), static (a, b) => a <= b);
            }
            else if (TryTake(">="u8))
            {
                left = Compare(left, Unary(), static (a, b) => a >= b);
            }
            else if (TryTake("<"u8))
            {
                left = Compare(left, Unary(), static (a, b) => a < b);
            }
            else if (TryTake(">"u8))
            {
                left = Compare(left, Unary(), static (a, b) => a > b);
            }
            else
            {
                return left;
            }
        }
    }

    private static long? Compare(long? left, long? right, Func<long, long, bool> holds) =>
        left is { } a && right is { } b ? holds(a, b) ? 1 : 0 : null;

    private long? Unary()
    {
        // Parentheses in parentheses, or !!!!: each takes frames of the stack.
        if (++_depth > MaxDepth)
        {
            _isUnderstood = false;
            _rest = default;
        }

        long? value = Operand();
        _depth--;
        return value;
    }

    private long? Operand()
    {
        if (TryTake("!"u8))
        {
            return Unary() is { } operand ? operand == 0 ? 1 : 0 : null;
        }

        if (TryTake("("u8))
        {
            long? value = Or();
            _isUnderstood &= TryTake(")"u8);
            return value;
        }

        ReadOnlySpan<byte> name = TakeName();
        if (name.IsEmpty)
        {
            _isUnderstood = false;
            return null;
        }

        if (char.IsAsciiDigit((char)name[0]))
        {
            return NumberOf(name);
        }

        _hasName = true;
        if (name.SequenceEqual("defined"u8))
        {
            bool inParentheses = TryTake("("u8);
            long? value = Known(TakeName());
            _isUnderstood &= !inParentheses || TryTake(")"u8);
            return value;
        }

        if (Known(name) is { } known)
        {
            return known;
        }

        SkipArguments();
        return null;
    }

    /// <summary>As strtol(3) with any base reads it, whatever letters follow; null where that is none.</summary>
    private static long? NumberOf(ReadOnlySpan<byte> word)
    {
        bool isHexadecimal = word.StartsWith("0x"u8) || word.StartsWith("0X"u8);
        int start = isHexadecimal ? 2 : 0;
        int end = start;
        while (end < word.Length && (isHexadecimal ? char.IsAsciiHexDigit((char)word[end]) : char.IsAsciiDigit((char)word[end])))
        {
            end++;
        }

        bool isOctal = !isHexadecimal && word[0] == '0';
        long value = 0;
        foreach (byte digit in word[start..end])
        {
            int digitBase = isHexadecimal ? 16 : isOctal ? 8 : 10;
            int worth = int.Parse([(char)digit], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (worth >= digitBase || value > (long.MaxValue - worth) / digitBase)
            {
                return null;
            }

            value = (value * digitBase) + worth;
        }

        return value;
    }

    /// <summary>Passes the arguments of a macro, if there are.</summary>
    private void SkipArguments()
    {
        SkipBlanks();
        if (_rest is not [(byte)'(', ..])
        {
            return;
        }

        int level = 0;
        for (int at = 0; at < _rest.Length; at++)
        {
            level += _rest[at] switch { (byte)'(' => 1, (byte)')' => -1, _ => 0 };
            if (level == 0)
            {
                _rest = _rest[(at + 1)..];
                return;
            }
        }

        _isUnderstood = false;
    }

    private ReadOnlySpan<byte> TakeName()
    {
        SkipBlanks();
        int length = 0;
        while (length < _rest.Length && IsNamePart(_rest[length]))
        {
            length++;
        }

        ReadOnlySpan<byte> name = _rest[..length];
        _rest = _rest[length..];
        return name;
    }

    private bool TryTake(ReadOnlySpan<byte> token)
    {
        SkipBlanks();
        bool isNext = _rest.StartsWith(token);
        _rest = isNext ? _rest[token.Length..] : _rest;
        return isNext;
    }

    private void SkipBlanks()
    {
        while (_rest is [(byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'\f' or (byte)'\v', ..])
        {
            _rest = _rest[1..];
        }
    }
}
