namespace KHeadersFs.Fuse;

/// <summary>
/// An immutable tree of nodes. Implementations are called by several threads at once, must not allocate per call,
/// and must give the same answer for ever: the kernel is told to keep every answer, also that a name is absent.
/// </summary>
/// <remarks>
/// Methods return an <see cref="Errno"/>. An exception is a fault of the implementation: the caller gets EIO.
/// </remarks>
public interface IReadOnlyFileSystem
{
    /// <summary>Finds a name in a directory, or "." in any node and ".." in a directory: so the kernel asks for what it has a handle of.</summary>
    /// <param name="parent">Node id of the directory.</param>
    /// <param name="name">UTF-8 bytes without terminator, at least one.</param>
    /// <param name="attributes">The node found, with its node id.</param>
    /// <returns>ENOENT for an absent name, which the kernel then remembers; ENOTDIR, ESTALE, EIO, or none.</returns>
    Errno Lookup(ulong parent, ReadOnlySpan<byte> name, out NodeAttributes attributes);

    /// <summary>Attributes of a node.</summary>
    /// <param name="nodeId">A node id, from the kernel and so not to be trusted.</param>
    /// <param name="attributes">What stat(2) shows.</param>
    /// <returns>ESTALE for an unknown node, or none.</returns>
    Errno GetAttributes(ulong nodeId, out NodeAttributes attributes);

    /// <summary>Target of a symbolic link.</summary>
    /// <param name="nodeId">A node id.</param>
    /// <param name="destination">4,095 bytes for the target: what the kernel accepts where pages are smallest.</param>
    /// <param name="length">Bytes written, without terminator.</param>
    /// <returns>EINVAL for a node of another type, ENAMETOOLONG, ESTALE, EIO, or none.</returns>
    Errno ReadLink(ulong nodeId, Span<byte> destination, out int length);

    /// <summary>Bytes of a file.</summary>
    /// <param name="nodeId">A node id.</param>
    /// <param name="offset">First byte wanted; may lie behind the end.</param>
    /// <param name="destination">Where they go, as many as wanted; at most 128 KiB.</param>
    /// <param name="length">Bytes written: fewer than wanted only at the end of the file.</param>
    /// <returns>EISDIR, EINVAL, ESTALE, EIO, or none.</returns>
    Errno Read(ulong nodeId, ulong offset, Span<byte> destination, out int length);

    /// <summary>Lists a directory from an offset on, until the writer is full or the directory ends.</summary>
    /// <param name="nodeId">A node id.</param>
    /// <param name="offset">0, or a "next offset" given for an earlier entry.</param>
    /// <param name="writer">Takes the entries, "." and ".." among them.</param>
    /// <returns>ENOTDIR, ESTALE, EIO, or none.</returns>
    Errno ReadDirectory(ulong nodeId, ulong offset, ref DirectoryWriter writer);

    /// <summary>Statistics of the whole file system.</summary>
    /// <param name="statistics">What statfs(2) shows.</param>
    void GetStatistics(out FileSystemStatistics statistics);

    /// <summary>
    /// Told that a client has just learnt of a node by LOOKUP, after it was answered: what is opened by name is read next, most
    /// of the time. A chance to make ready while the client wakes up; it must not throw, and may do nothing.
    /// </summary>
    /// <param name="nodeId">The node.</param>
    void Expect(ulong nodeId);
}
