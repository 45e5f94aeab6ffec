namespace KHeadersFs.Fuse;

/// <summary>What becomes of a request, by its operation alone.</summary>
internal enum OperationKind : byte
{
    /// <summary>ENOSYS. The kernel remembers that for most operations and does not ask again.</summary>
    Unsupported,

    /// <summary>Would change something: EROFS.</summary>
    Writes,

    /// <summary>The kernel expects no reply, and would refuse one.</summary>
    Silent,

    /// <summary>Has a method in <see cref="FuseDispatcher"/>.</summary>
    Served,
}
