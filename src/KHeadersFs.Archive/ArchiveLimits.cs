namespace KHeadersFs.Archive;

/// <summary>
/// What an archive may ask for. A real one (6.1 to 7.3) has 4-5 MB compressed, 31-39 MB decoded, an 8 MiB dictionary and 7,000
/// members; the limits leave room for 16 times that and stop a file made to exhaust the machine. With them a mount takes at most
/// the archive's compressed size, 32 MiB, and 100 bytes for each member. Each has an option, which its message names.
/// </summary>
public sealed record ArchiveLimits
{
    /// <summary>Bytes of names and link targets that each member adds to <see cref="TextBytes"/>.</summary>
    internal const int TextBytesPerMember = 16;

    /// <summary>The most bytes that the archive's file may have.</summary>
    public long CompressedBytes { get; init; } = 256L << 20;

    /// <summary>The most bytes that it may decode to. An .xz file tells in its index, before anything is decoded.</summary>
    public long DecodedBytes { get; init; } = 1L << 30;

    /// <summary>
    /// The most bytes that the decoder may use: in essence the dictionary of a block, or the window of a zstd frame, which is a power of
    /// two. By default what xz -7 takes.
    /// </summary>
    public ulong DecoderMemory { get; init; } = 20UL << 20;

    /// <summary>The most bytes that the index of the .xz may use: some 65,000 blocks for a MiB.</summary>
    public ulong IndexMemory { get; init; } = 4UL << 20;

    /// <summary>
    /// The most bytes that all blocks of the store may take, each with its row in the block table; 0 for one and a half times the
    /// compressed archive and 8 MiB. What xz finds far back, blocks that stand alone cannot: a real archive grows by half.
    /// </summary>
    public long StoreBytes { get; init; }

    /// <summary>The most members.</summary>
    public int Members { get; init; } = 1 << 20;

    /// <summary>The most directories that have no member of their own.</summary>
    public int ImpliedDirectories { get; init; } = 1 << 16;

    /// <summary>The most bytes of all names and link targets together, beside 16 for each member.</summary>
    public long TextBytes { get; init; } = 8L << 20;

    /// <summary>The longest name of a member, a path, in bytes: PATH_MAX - 1 of linux/limits.h. A member with a longer one is left out.</summary>
    public int NameBytes { get; init; } = 4095;

    /// <summary>The longest target of a symlink in bytes: PATH_MAX - 1; nobody can read a longer one. A longer one is left out.</summary>
    public int TargetBytes { get; init; } = 4095;

    /// <summary>The most components of a member's name. A deeper member is left out.</summary>
    public int Depth { get; init; } = 2048;

    /// <summary>The most names that are looked up to place all members: for each of them its components. Some 3 s of them.</summary>
    public int PathSteps { get; init; } = 1 << 25;

    /// <summary>The most bytes of extended headers (PAX, GNU long names, sparse maps) of one member.</summary>
    public int HeaderBytes { get; init; } = 1 << 20;

    /// <summary>The most bytes of all extended headers together.</summary>
    public long AllHeaderBytes { get; init; } = 64L << 20;

    /// <summary>The most components that are walked to see where symlinks lead; beyond it they are served unlooked at.</summary>
    public int LinkSteps { get; init; } = 1 << 20;

    /// <summary>What is said of a file beyond <see cref="CompressedBytes"/>.</summary>
    internal ArchiveException TooLarge() =>
        new($"is larger than {CompressedBytes >> 20} MiB, so it is not a kernel's headers archive; -o limit_compressed=MIB allows more");

    /// <summary>What of these limits decides which members are left out: the options that set them, with their values.</summary>
    public IReadOnlyList<(string Option, int Value)> LeavingOut => [("limit_name", NameBytes), ("limit_target", TargetBytes), ("limit_depth", Depth)];

    /// <summary><see cref="LeavingOut"/> as a suffix of a cache key; empty for the defaults, which a store that was kept without options has.</summary>
    internal string CacheKeySuffix => LeavingOut.SequenceEqual(new ArchiveLimits().LeavingOut)
        ? ""
        : string.Concat(LeavingOut.Select(static o => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"-{o.Value}")));
}
