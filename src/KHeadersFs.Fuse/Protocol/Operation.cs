namespace KHeadersFs.Fuse;

/// <summary>One row of <see cref="OperationTable"/>.</summary>
/// <param name="Kind">What becomes of a request.</param>
/// <param name="MinimalBody">Bytes after the header that a request has at least; fewer are EINVAL.</param>
/// <param name="Name">The kernel's name without its prefix.</param>
internal readonly record struct Operation(OperationKind Kind, ushort MinimalBody, string Name);
