namespace KHeadersFs.Archive.Tree;

/// <summary>An inode while the tree is being built. A hard link is a second name of the same object.</summary>
internal sealed class TreeNode
{
    /// <summary>What it is.</summary>
    internal required NodeKind Kind { get; init; }

    /// <summary>Permission bits as served: readable by everybody, writable by nobody.</summary>
    internal ushort Permissions { get; set; }

    /// <summary>Modification time, seconds since 1970.</summary>
    internal long ModifiedSeconds { get; set; }

    /// <summary>Modification time, nanoseconds within the second.</summary>
    internal uint ModifiedNanoseconds { get; set; }

    /// <summary>A file's body: where it starts in the body space of the store.</summary>
    internal ulong Position { get; init; }

    /// <summary>A file's size in bytes.</summary>
    internal ulong Size { get; init; }

    /// <summary>A symlink's target.</summary>
    internal string Target { get; init; } = "";

    /// <summary>A directory's entries.</summary>
    internal Dictionary<string, TreeNode>? Children { get; init; }

    /// <summary>Its inode in the finished table, -1 until then.</summary>
    internal int Number { get; set; } = -1;

    /// <summary>A new directory without entries.</summary>
    internal static TreeNode NewDirectory(ushort permissions, long modifiedSeconds, uint modifiedNanoseconds) => new()
    {
        Kind = NodeKind.Directory,
        Permissions = permissions,
        ModifiedSeconds = modifiedSeconds,
        ModifiedNanoseconds = modifiedNanoseconds,
        Children = new Dictionary<string, TreeNode>(StringComparer.Ordinal),
    };
}
