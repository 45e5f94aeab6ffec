using KHeadersFs.Archive.Decoding;
using KHeadersFs.Archive.Xz;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Elf;

/// <summary>
/// A file of the kernel module "kheaders", which holds the headers archive as it is: it can be taken out, and nothing has to be loaded.
/// kernel/kheaders.c includes it between two symbols. The same symbols are in a vmlinux that has the archive built in.
/// </summary>
public static class ModuleFile
{
    private static readonly string[] s_names = [".ko", ".ko.xz", ".ko.zst", ".ko.gz"];

    private static ReadOnlySpan<byte> FirstSymbol => "kernel_headers_data\0"u8;

    private static ReadOnlySpan<byte> EndSymbol => "kernel_headers_data_end\0"u8;

    /// <summary>True for what is named like a module, and for any ELF file. The file stays where it stands.</summary>
    /// <param name="file">A regular file.</param>
    /// <param name="name">Its name; a path will do.</param>
    public static bool IsOne(SafeFileHandle file, string name)
    {
        try
        {
            Span<byte> start = stackalloc byte[4];
            return Array.Exists(s_names, ending => name.EndsWith(ending, StringComparison.Ordinal))
                || (RandomAccess.Read(file, start, 0) == start.Length && FileFormats.Of(start) == FileFormat.Elf);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // whoever reads it says so
        }
    }

    /// <summary>Takes the archive out of a module's file, which is closed.</summary>
    /// <param name="file">The module, as it is or compressed by xz, zstd or gzip.</param>
    /// <param name="limits">The file, what it decodes to and its decoder may have <see cref="ArchiveLimits.CompressedBytes"/> and so on.</param>
    /// <exception cref="ArchiveException">It cannot be read, is no module, is beyond the limits, or holds no archive.</exception>
    public static ArchiveSpool TakeArchive(SafeFileHandle file, ArchiveLimits limits)
    {
        ArchiveSpool module = TakeModule(file, limits);
        try
        {
            module.Narrow(Locate(module.Bytes));
            return FileFormats.Of(module.Bytes) == FileFormat.Xz
                ? module
                : throw new ArchiveException("holds headers that are not an .xz file, as no kernel makes them; install the package with the kernel's modules again");
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    /// <summary>The module, decoded if need be.</summary>
    private static ArchiveSpool TakeModule(SafeFileHandle file, ArchiveLimits limits)
    {
        using var input = new ArchiveInput(file, limits);
        return input.Format == FileFormat.Elf ? ArchiveSpool.Take(input) : ModuleDecoder.Decode(input, limits);
    }

    /// <summary>
    /// Where the archive is: between its symbols, or else from the magic bytes of an .xz file to its end, which is right for modules that
    /// are stripped and for those of machines that have other ELF files.
    /// </summary>
    private static Range Locate(ReadOnlySpan<byte> module)
    {
        if (FileFormats.Of(module) != FileFormat.Elf)
        {
            throw new ArchiveException("is no kernel module: what it decodes to is no ELF file; give the kernel's kheaders.ko, or an archive by another name than .ko");
        }

        return ElfSymbols.Between(module, FirstSymbol, EndSymbol) ?? XzExtent.Find(module)
            ?? throw new ArchiveException("holds no headers archive, or not all of it; give the kernel's module kheaders.ko");
    }
}
