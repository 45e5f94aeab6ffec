namespace KHeadersFs.Mount.Tests;

/// <summary>One struct linux_dirent64 (getdents64(2)): <paramref name="Next"/> is d_off, where the next entry begins.</summary>
internal sealed record RawEntry(ulong Inode, long Next, byte Type, string Name);
