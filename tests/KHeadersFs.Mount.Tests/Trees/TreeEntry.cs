using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>What lstat and readlink say of one name.</summary>
internal sealed record TreeEntry(string Path, Stat Stat, string? LinkTarget)
{
    internal FilePermissions Type => Stat.st_mode & FilePermissions.S_IFMT;

    internal uint Permissions => (uint)Stat.st_mode & 0xFFF;

    internal bool IsDirectory => Type == FilePermissions.S_IFDIR;

    internal bool IsFile => Type == FilePermissions.S_IFREG;

    internal bool IsLink => Type == FilePermissions.S_IFLNK;

    internal static TreeEntry Read(string root, string path)
    {
        string full = System.IO.Path.Combine(root, path);
        if (Syscall.lstat(full, out Stat stat) != 0)
        {
            throw new IOException($"lstat {full}: {Stdlib.GetLastError()}");
        }

        return new TreeEntry(path, stat, (stat.st_mode & FilePermissions.S_IFMT) == FilePermissions.S_IFLNK ? Target(full) : null);
    }

    private static string Target(string full)
    {
        byte[] target = new byte[4096];
        long length = Syscall.readlink(full, target);
        return length < 0
            ? throw new IOException($"readlink {full}: {Stdlib.GetLastError()}")
            : System.Text.Encoding.UTF8.GetString(target, 0, (int)length);
    }
}
