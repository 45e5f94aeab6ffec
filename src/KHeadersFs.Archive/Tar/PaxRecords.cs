namespace KHeadersFs.Archive.Tar;

/// <summary>
/// What the records of a PAX header ('x' for one member, 'g' for all that follow) say, as far as it is served (POSIX, pax, "pax Extended
/// Header"). Values are cut at a NUL, as GNU tar does. Of several records of one key the last counts.
/// </summary>
internal sealed class PaxRecords : IDisposable
{
    private Range? _path;
    private Range? _linkPath;
    private Range? _sparseName;
    private long _sparseMajor;
    private long _sparseMinor;
    private long _sparseOffset;
    private bool _hasMap;

    /// <summary>Where the records stand, to be read before <see cref="TryParse"/>.</summary>
    internal ExtendedHeader Data { get; } = new();

    /// <summary>"path" or "GNU.sparse.name"; meaningless unless <see cref="HasPath"/>.</summary>
    internal ReadOnlySpan<byte> Path => Value(_sparseName ?? _path);

    /// <summary>The member has another name than its header says.</summary>
    internal bool HasPath => _sparseName is not null || _path is not null;

    /// <summary>"linkpath"; meaningless unless <see cref="HasLinkPath"/>.</summary>
    internal ReadOnlySpan<byte> LinkPath => Value(_linkPath);

    /// <summary>The member has another target than its header says.</summary>
    internal bool HasLinkPath => _linkPath is not null;

    /// <summary>"size": bytes of data behind the member's header.</summary>
    internal long? Size { get; private set; }

    /// <summary>"mtime".</summary>
    internal TarTime? Modified { get; private set; }

    /// <summary>"mtime" is beyond 64-bit seconds.</summary>
    internal bool IsTimeClamped { get; private set; }

    /// <summary>"mtime" is no time.</summary>
    internal bool IsTimeUnreadable { get; private set; }

    /// <summary>The map of a sparse file, or null. A name alone makes none; a size alone makes one that fits nothing.</summary>
    internal SparseMap? Sparse => _hasMap || HasMapInData || Map.FileSize >= 0 ? Map : null;

    /// <summary>The map of the sparse file stands before its data (PAX format 1.0).</summary>
    internal bool HasMapInData => _sparseMajor == 1;

    private SparseMap Map { get; } = new();

    /// <summary>Forgets all records.</summary>
    internal void Clear()
    {
        Data.Clear();
        _path = _linkPath = _sparseName = null;
        _sparseMajor = _sparseMinor = _sparseOffset = 0;
        _hasMap = false;
        Size = null;
        Modified = null;
        IsTimeClamped = IsTimeUnreadable = false;
        Map.Clear();
    }

    /// <summary>Reads the records in <see cref="Data"/>. Returns null, or what is wrong with them.</summary>
    internal string? TryParse()
    {
        ReadOnlySpan<byte> all = Data.Bytes;
        for (int at = 0; at < all.Length && all[at] != 0;)
        {
            // "LENGTH KEY=VALUE\n", the length in decimal and of all of it.
            ReadOnlySpan<byte> rest = all[at..];
            ReadOnlySpan<byte> text = rest;
            bool hasLength = TarNumber.TryTakeDecimal(ref text, out ulong length);
            if (!hasLength || length > (ulong)rest.Length || text is not [(byte)' ' or (byte)'\t', ..])
            {
                return "a record with a length that is wrong";
            }

            int keyStart = rest.Length - text.Length + 1;
            int end = (int)length - 1;
            int equals = end < keyStart ? -1 : rest[keyStart..end].IndexOf((byte)'=');
            if (equals < 0 || rest[end] != '\n')
            {
                return "a record that is not KEY=VALUE on a line";
            }

            ReadOnlySpan<byte> key = rest.Slice(keyStart, equals);
            int valueStart = keyStart + equals + 1;
            if (!TryTake(key, (at + valueStart)..(at + end)))
            {
                return $"a record that makes no sense, \"{PrintableName.Of(key)}={PrintableName.Of(rest[valueStart..end])}\"";
            }

            at += (int)length;
        }

        return _sparseMajor > 1 || (_sparseMajor == 1 && _sparseMinor != 0)
            ? $"a sparse file of an unknown format, {_sparseMajor}.{_sparseMinor}"
            : null;
    }

    /// <inheritdoc/>
    public void Dispose() => Data.Dispose();

    private ReadOnlySpan<byte> Value(Range? range) => range is { } r ? TarHeader.UpToNul(Data.Bytes[r]) : [];

    /// <summary>Keeps the record of <paramref name="key"/>, if it is one of those that are served.</summary>
    private bool TryTake(ReadOnlySpan<byte> key, Range value)
    {
        switch (key)
        {
            case var _ when key.SequenceEqual("path"u8):
                _path = value;
                return true;
            case var _ when key.SequenceEqual("linkpath"u8):
                _linkPath = value;
                return true;
            case var _ when key.SequenceEqual("size"u8):
                return TryTakeSize(Value(value));
            case var _ when key.SequenceEqual("mtime"u8):
                TakeTime(Value(value));
                return true;
            case var _ when key.StartsWith("GNU.sparse."u8):
                return TryTakeSparse(key["GNU.sparse.".Length..], value);
            default:
                return true;
        }
    }

    /// <summary>An empty value takes an earlier one back (POSIX).</summary>
    private bool TryTakeSize(ReadOnlySpan<byte> text)
    {
        bool read = TarNumber.TryReadDecimal(text, out long size);
        Size = read ? size : null;
        return read || text.IsEmpty;
    }

    private void TakeTime(ReadOnlySpan<byte> text)
    {
        bool read = TarTime.TryRead(text, out TarTime time, out bool clamped);
        Modified = read ? time : null;
        IsTimeClamped = clamped;
        IsTimeUnreadable = !read && !text.IsEmpty;
    }

    /// <summary>Keeps a record of a sparse file (GNU tar, "Storing Sparse Files").</summary>
    private bool TryTakeSparse(ReadOnlySpan<byte> key, Range value)
    {
        ReadOnlySpan<byte> text = Value(value);
        if (key.SequenceEqual("name"u8))
        {
            _sparseName = value;
            return true;
        }

        if (key.SequenceEqual("map"u8))
        {
            _hasMap = true;
            return Map.TryReadList(text);
        }

        if (!TarNumber.TryReadDecimal(text, out long number))
        {
            return false;
        }

        switch (key)
        {
            case var _ when key.SequenceEqual("major"u8):
                _sparseMajor = number;
                break;
            case var _ when key.SequenceEqual("minor"u8):
                _sparseMinor = number;
                break;
            case var _ when key.SequenceEqual("size"u8) || key.SequenceEqual("realsize"u8):
                Map.FileSize = number;
                break;
            case var _ when key.SequenceEqual("numblocks"u8):
                Map.ClearSegments();
                break;
            case var _ when key.SequenceEqual("offset"u8):
                _sparseOffset = number;
                break;
            case var _ when key.SequenceEqual("numbytes"u8):
                _hasMap = true;
                Map.Add(_sparseOffset, number);
                break;
        }

        return true;
    }
}
