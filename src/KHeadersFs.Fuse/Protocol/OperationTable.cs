namespace KHeadersFs.Fuse;

/// <summary>
/// The one description of every operation: what becomes of it, how long its body is at least, its name in logs.
/// Sizes are those of the kernel's structs, plus one letter and its zero for each name that follows.
/// </summary>
internal static class OperationTable
{
    private static readonly Operation[] s_operations = Build();

    /// <summary>Opcodes below this are in the table (with gaps); higher ones are unknown.</summary>
    internal const int Length = (int)FuseOpcode.FUSE_COPY_FILE_RANGE_64 + 1;

    /// <summary>The operation of an opcode; an unknown one, also opcode 0, is unsupported and of any length.</summary>
    internal static ref readonly Operation Find(uint opcode) => ref s_operations[opcode < Length ? opcode : 0];

    private static Operation[] Build()
    {
        var table = new Operation[Length];
        Array.Fill(table, new Operation(OperationKind.Unsupported, 0, "UNKNOWN"));
        Add(table, FuseOpcode.FUSE_LOOKUP, OperationKind.Served, 2);
        Add(table, FuseOpcode.FUSE_FORGET, OperationKind.Silent, 8);
        Add(table, FuseOpcode.FUSE_GETATTR, OperationKind.Served, 16);
        Add(table, FuseOpcode.FUSE_SETATTR, OperationKind.Writes, 88);
        Add(table, FuseOpcode.FUSE_READLINK, OperationKind.Served, 0);
        Add(table, FuseOpcode.FUSE_SYMLINK, OperationKind.Writes, 4);
        Add(table, FuseOpcode.FUSE_MKNOD, OperationKind.Writes, 18);
        Add(table, FuseOpcode.FUSE_MKDIR, OperationKind.Writes, 10);
        Add(table, FuseOpcode.FUSE_UNLINK, OperationKind.Writes, 2);
        Add(table, FuseOpcode.FUSE_RMDIR, OperationKind.Writes, 2);
        Add(table, FuseOpcode.FUSE_RENAME, OperationKind.Writes, 12);
        Add(table, FuseOpcode.FUSE_LINK, OperationKind.Writes, 10);
        Add(table, FuseOpcode.FUSE_OPEN, OperationKind.Served, 8);
        Add(table, FuseOpcode.FUSE_READ, OperationKind.Served, 40);
        Add(table, FuseOpcode.FUSE_WRITE, OperationKind.Writes, 40);
        Add(table, FuseOpcode.FUSE_STATFS, OperationKind.Served, 0);
        Add(table, FuseOpcode.FUSE_RELEASE, OperationKind.Served, 24);
        Add(table, FuseOpcode.FUSE_FSYNC, OperationKind.Unsupported, 16);
        Add(table, FuseOpcode.FUSE_SETXATTR, OperationKind.Writes, 8);
        Add(table, FuseOpcode.FUSE_GETXATTR, OperationKind.Unsupported, 8);
        Add(table, FuseOpcode.FUSE_LISTXATTR, OperationKind.Served, 8);
        Add(table, FuseOpcode.FUSE_REMOVEXATTR, OperationKind.Writes, 2);
        Add(table, FuseOpcode.FUSE_FLUSH, OperationKind.Unsupported, 24);
        Add(table, FuseOpcode.FUSE_INIT, OperationKind.Served, 16);
        Add(table, FuseOpcode.FUSE_OPENDIR, OperationKind.Served, 8);
        Add(table, FuseOpcode.FUSE_READDIR, OperationKind.Served, 40);
        Add(table, FuseOpcode.FUSE_RELEASEDIR, OperationKind.Served, 24);
        Add(table, FuseOpcode.FUSE_FSYNCDIR, OperationKind.Unsupported, 16);
        Add(table, FuseOpcode.FUSE_GETLK, OperationKind.Unsupported, 48);
        Add(table, FuseOpcode.FUSE_SETLK, OperationKind.Unsupported, 48);
        Add(table, FuseOpcode.FUSE_SETLKW, OperationKind.Unsupported, 48);
        Add(table, FuseOpcode.FUSE_ACCESS, OperationKind.Unsupported, 8);
        Add(table, FuseOpcode.FUSE_CREATE, OperationKind.Writes, 18);
        Add(table, FuseOpcode.FUSE_INTERRUPT, OperationKind.Silent, 8);
        Add(table, FuseOpcode.FUSE_BMAP, OperationKind.Unsupported, 16);
        Add(table, FuseOpcode.FUSE_DESTROY, OperationKind.Served, 0);
        Add(table, FuseOpcode.FUSE_IOCTL, OperationKind.Unsupported, 32);
        Add(table, FuseOpcode.FUSE_POLL, OperationKind.Unsupported, 24);
        Add(table, FuseOpcode.FUSE_NOTIFY_REPLY, OperationKind.Silent, 40);
        Add(table, FuseOpcode.FUSE_BATCH_FORGET, OperationKind.Silent, 8);
        Add(table, FuseOpcode.FUSE_FALLOCATE, OperationKind.Writes, 32);
        Add(table, FuseOpcode.FUSE_READDIRPLUS, OperationKind.Served, 40);
        Add(table, FuseOpcode.FUSE_RENAME2, OperationKind.Writes, 20);
        Add(table, FuseOpcode.FUSE_LSEEK, OperationKind.Unsupported, 24);
        Add(table, FuseOpcode.FUSE_COPY_FILE_RANGE, OperationKind.Writes, 56);
        Add(table, FuseOpcode.FUSE_SETUPMAPPING, OperationKind.Unsupported, 40);
        Add(table, FuseOpcode.FUSE_REMOVEMAPPING, OperationKind.Unsupported, 4);
        Add(table, FuseOpcode.FUSE_SYNCFS, OperationKind.Unsupported, 8);
        Add(table, FuseOpcode.FUSE_TMPFILE, OperationKind.Writes, 16);
        Add(table, FuseOpcode.FUSE_STATX, OperationKind.Unsupported, 24);
        Add(table, FuseOpcode.FUSE_COPY_FILE_RANGE_64, OperationKind.Writes, 56);
        return table;
    }

    private static void Add(Operation[] table, FuseOpcode opcode, OperationKind kind, ushort minimalBody) =>
        table[(int)opcode] = new Operation(kind, minimalBody, opcode.ToString()["FUSE_".Length..]);
}
