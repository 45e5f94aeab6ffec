namespace KHeadersFs.Archive.Decoding;

/// <summary>What a file is, by its first bytes.</summary>
internal enum FileFormat
{
    /// <summary>Something else.</summary>
    Unknown,

    /// <summary>No bytes at all.</summary>
    Empty,

    /// <summary>xz(1).</summary>
    Xz,

    /// <summary>gzip(1).</summary>
    Gzip,

    /// <summary>zstd(1).</summary>
    Zstd,

    /// <summary>bzip2(1).</summary>
    Bzip2,

    /// <summary>lz4(1), the format of today or that of before 2014, which kernels are still packed in.</summary>
    Lz4,

    /// <summary>A tar that is not compressed.</summary>
    Tar,

    /// <summary>A program, an object file or a kernel module (elf(5)).</summary>
    Elf,

    /// <summary>What a boot loader starts: a bzImage or its like, with the kernel compressed inside.</summary>
    KernelImage,
}
