using KHeadersFs.Archive.Decoding;

namespace KHeadersFs.Archive.Tar;

/// <summary>
/// The members of a tar, one after the other, each as its header and the extended headers before it say. Reads what GNU tar reads and
/// as it does, but refuses where GNU tar looks for the next thing that may be a header; docs/archives.md, "What is read as a tar".
/// </summary>
internal sealed class MemberReader(DecodedStream tar, ArchiveLimits limits, Action<string> warn) : IDisposable
{
    private readonly HeaderReader _headers = new(tar, limits, warn);
    private readonly byte[] _name = new byte[155 + 1 + 100];
    private readonly ExtendedHeader _longName = new();
    private readonly ExtendedHeader _longLink = new();
    private readonly PaxRecords _own = new();
    private readonly PaxRecords _global = new();
    private readonly SparseMap _gnuMap = new();
    private int _nameLength;

    /// <summary>Passes what is left of the member before, and reads the next one; false at the end of the archive.</summary>
    /// <exception cref="ArchiveException">It is no tar, it ends early, or asks for more than the limits.</exception>
    internal bool TryRead(out TarMember member)
    {
        member = default;
        if (!_headers.TrySkipData())
        {
            return false;
        }

        _longName.Clear();
        _longLink.Clear();
        _own.Clear();
        long extended = -1;
        for (; _headers.TryRead(); extended = _headers.Offset)
        {
            switch (_headers.Header.Type)
            {
                case (byte)'L':
                    _headers.ReadExtended(_longName);
                    break;
                case (byte)'K':
                    _headers.ReadExtended(_longLink);
                    break;
                case (byte)'x' or (byte)'X':
                    ReadRecords(_own);
                    break;
                case (byte)'g':
                    ReadRecords(_global);
                    break;
                default:
                    member = Complete();
                    return true;
            }
        }

        if (extended >= 0)
        {
            warn($"the extended header at offset {extended} of the tar belongs to no member; it is not used");
        }

        return false;
    }

    /// <summary>A member in a message: its name, made printable, and where it is.</summary>
    internal static string Describe(ReadOnlySpan<byte> name, long offset) => $"\"{PrintableName.Of(name)}\" (at offset {offset} of the tar)";

    /// <inheritdoc/>
    public void Dispose()
    {
        _longName.Dispose();
        _longLink.Dispose();
        _own.Dispose();
        _global.Dispose();
    }

    private void ReadRecords(PaxRecords records)
    {
        records.Clear();
        _headers.ReadExtended(records.Data);
        string? fault = records.TryParse();
        if (fault is null && _global.Sparse is not null)
        {
            fault = "a sparse map for all members";
        }

        if (fault is not null)
        {
            throw new ArchiveException($"has {fault}, in the extended header at offset {_headers.Offset} of the tar; take a fresh copy of it");
        }
    }

    private TarMember Complete()
    {
        TarHeader header = _headers.Header;
        JoinName(header);
        MemberKind kind = KindOf(header.Type);
        long size = HasData(header.Type, kind) ? _own.Size ?? _global.Size ?? _headers.Size() : 0;
        SparseMap? map = kind == MemberKind.File ? ReadMap(header, ref size) : null;
        _headers.BeginData(size);
        return new TarMember
        {
            Offset = _headers.Offset,
            Kind = kind,
            Name = Name,
            LinkName = _own.HasLinkPath ? _own.LinkPath
                : _global.HasLinkPath ? _global.LinkPath
                : _longLink.IsPresent ? TarHeader.UpToNul(_longLink.Bytes)
                : header.LinkName,
            Modified = TimeOf(header),
            IsExecutable = !TarNumber.TryReadField(header.Mode, out Int128 mode) || ((int)(mode & 0x49)) != 0,
            DataSize = size,
            Sparse = map,
        };
    }

    /// <summary>The name that counts: of the member's own records, of those for all members, of a long name, of the header.</summary>
    private ReadOnlySpan<byte> Name =>
        _own.HasPath ? _own.Path
        : _global.HasPath ? _global.Path
        : _longName.IsPresent ? TarHeader.UpToNul(_longName.Bytes)
        : _name.AsSpan(0, _nameLength);

    private void JoinName(in TarHeader header)
    {
        ReadOnlySpan<byte> prefix = header.Prefix;
        prefix.CopyTo(_name);
        _nameLength = prefix.Length;
        if (!prefix.IsEmpty)
        {
            _name[_nameLength++] = (byte)'/';
        }

        header.Name.CopyTo(_name.AsSpan(_nameLength));
        _nameLength += header.Name.Length;
    }

    private MemberKind KindOf(byte type)
    {
        switch (type)
        {
            case 0 or (byte)'0' or (byte)'7':
                // V7 had no type for directories, and some tars write '0' for them.
                return Name is [.., (byte)'/'] ? MemberKind.Directory : MemberKind.File;
            case (byte)'1':
                return MemberKind.HardLink;
            case (byte)'2':
                return MemberKind.Symlink;
            case (byte)'3' or (byte)'4' or (byte)'6':
                return MemberKind.Special;
            case (byte)'5' or (byte)'D':
                return MemberKind.Directory;
            case (byte)'S':
                return MemberKind.File;
            case (byte)'V':
                return MemberKind.VolumeLabel;
            case (byte)'M':
                return MemberKind.Continuation;
            default:
                // POSIX: what is not known is to be taken for a regular file.
                Warn($"is of the unknown type \"{PrintableName.Of([type])}\" and taken for a file");
                return MemberKind.File;
        }
    }

    /// <summary>The size of directories, links and devices is no data, whatever it says; 'D' is a directory with a list of names.</summary>
    private static bool HasData(byte type, MemberKind kind) =>
        kind is MemberKind.File or MemberKind.VolumeLabel or MemberKind.Continuation || type == 'D';

    private TarTime TimeOf(in TarHeader header)
    {
        if (_own.IsTimeUnreadable || (_own.Modified is null && _global.IsTimeUnreadable))
        {
            Warn("has a record with a time that is none; it is not used");
        }

        bool clamped = _own.Modified is not null ? _own.IsTimeClamped : _global.IsTimeClamped;
        if ((_own.Modified ?? _global.Modified) is not { } time)
        {
            if (!TarNumber.TryReadField(header.ModifiedSeconds, out Int128 seconds))
            {
                Warn("has a time that is no number; one second before 1970 is taken, as GNU tar does");
                seconds = -1;
            }

            time = TarTime.OfField(seconds, out clamped);
        }

        if (clamped)
        {
            Warn("has a time beyond 64-bit seconds; the nearest one is taken");
        }

        return time;
    }

    /// <summary>The map of a sparse file, or null. <paramref name="size"/> then no longer counts what the map takes of the data.</summary>
    private SparseMap? ReadMap(in TarHeader header, ref long size)
    {
        SparseMap? map = _own.Sparse;
        bool isSound = true;
        if (map is not null)
        {
            isSound = !_own.HasMapInData || SparseMapReader.TryReadPax(_headers, map, ref size);
        }
        else if (header is { Type: (byte)'S', IsGnu: true })
        {
            map = _gnuMap;
            isSound = SparseMapReader.TryReadGnu(_headers, map);
        }

        else if (header is { Type: (byte)'S', IsStar: true })
        {
            throw new ArchiveException(
                $"has a sparse file in star's format, {Describe(Name, _headers.Offset)}, which is not supported; make the archive without -sparse");
        }

        return map is null || (isSound && map.Fits(size))
            ? map
            : throw new ArchiveException($"has a sparse file with a map that makes no sense, {Describe(Name, _headers.Offset)}; take a fresh copy of it");
    }

    private void Warn(string what) => warn($"{Describe(Name, _headers.Offset)} {what}");
}
