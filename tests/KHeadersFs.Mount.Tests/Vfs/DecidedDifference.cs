namespace KHeadersFs.Mount.Tests;

/// <summary>Calls that are answered otherwise than by squashfs, for a reason.</summary>
/// <param name="Call">The call, of contract.c.</param>
/// <param name="Theirs">What squashfs answers.</param>
/// <param name="Ours">What a mount answers.</param>
/// <param name="Reason">Why it may.</param>
internal sealed record DecidedDifference(string Call, string Theirs, string Ours, string Reason)
{
    /// <summary>All there are; the same table is in src/docs/conformance.md.</summary>
    internal static readonly DecidedDifference[] All =
    [
        new("listxattr", "EOPNOTSUPP", "0", NoList),
        new("llistxattr", "EOPNOTSUPP", "0", NoList),
        new("getxattr", "ENODATA", "EOPNOTSUPP", NoAttributes),
        new("lgetxattr-acl", "EOPNOTSUPP", "ENODATA", "FUSE's own: no list for access is what it says once attributes are not supported"),
        new("fsync", "EINVAL", "0", NothingToWrite),
        new("fdatasync", "EINVAL", "0", NothingToWrite),
        new("direct-open", "EINVAL", "0", Direct),
        new("direct-read", "EBADF", "4096", Direct),
        new("direct-read-odd", "EBADF", "100", Direct),
        new("direct-read-past-the-end", "EBADF", "0", Direct),
        new("ioctl-fibmap", "EINVAL", "0", "FUSE's own: block 0, which is none, where there is no block device (fs/fuse/file.c: fuse_bmap)"),
        new("statfs-any-blocks", "1", "0", "as proc and sysfs: monitors take a file system without free blocks for a full disk"),
        new("statfs-any-files", "1", "0", "as the blocks"),
        new("statfs-longest-name", "256", "255", "NAME_MAX; squashfs alone takes one byte more"),
    ];

    private const string NoAttributes = "no tar of a kernel has extended attributes, and the kernel remembers this answer: it asks once";
    private const string NoList = "an empty list of everything; squashfs without attributes has it of files only, and tar --xattrs warns of each directory";
    private const string NothingToWrite = "as ext4 and tmpfs say when they are read-only; squashfs has no such call";
    private const string Direct = "it reads past the page cache, which squashfs cannot";

    /// <summary>What this is about, of a line with both answers.</summary>
    internal bool Covers(string call, string theirs, string ours) =>
        call.StartsWith(Call + " ", StringComparison.Ordinal)
        && string.Equals(theirs, Theirs, StringComparison.Ordinal) && string.Equals(ours, Ours, StringComparison.Ordinal);
}
