namespace KHeadersFs.Archive.Tar;

/// <summary>A member as all of its headers together say. Valid until the next one is read.</summary>
internal readonly ref struct TarMember
{
    /// <summary>Where its own header is in the decoded tar, in bytes.</summary>
    internal required long Offset { get; init; }

    /// <summary>What it is.</summary>
    internal required MemberKind Kind { get; init; }

    /// <summary>Its path, as bytes.</summary>
    internal required ReadOnlySpan<byte> Name { get; init; }

    /// <summary>The target of a link, as bytes.</summary>
    internal required ReadOnlySpan<byte> LinkName { get; init; }

    /// <summary>Modification time.</summary>
    internal required TarTime Modified { get; init; }

    /// <summary>Somebody may execute it.</summary>
    internal required bool IsExecutable { get; init; }

    /// <summary>Bytes of data that come next in the tar.</summary>
    internal required long DataSize { get; init; }

    /// <summary>Where the data belong in a file with holes, or null.</summary>
    internal required SparseMap? Sparse { get; init; }

    /// <summary>Size of the file in bytes.</summary>
    internal long FileSize => Sparse?.FileSize ?? DataSize;
}
