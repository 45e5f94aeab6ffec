namespace KHeadersFs.Fuse.Wire;

/// <summary>Flags in the reply to OPEN and OPENDIR.</summary>
[Flags]
internal enum FuseOpenFlags : uint
{
    /// <summary>Keep the pages cached by earlier opens.</summary>
    FOPEN_KEEP_CACHE = 1 << 1,

    /// <summary>Cache what READDIR returns (7.28).</summary>
    FOPEN_CACHE_DIR = 1 << 3,
}
