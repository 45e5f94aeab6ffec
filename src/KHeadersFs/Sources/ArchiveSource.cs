using KHeadersFs.Archive;
using KHeadersFs.Archive.Elf;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Xz;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Sources;

/// <summary>An archive that is open for reading, or has been taken out of a module's file.</summary>
internal sealed class ArchiveSource : IDisposable
{
    private const string StandardInputName = "standard input";

    /// <summary>/dev/null (drivers/char/mem.c).</summary>
    private static readonly (uint Major, uint Minor) s_null = (1, 3);

    private const string Advice = "give the path of a kheaders.tar.xz";

    private readonly SafeFileHandle? _file; // one of the two is null
    private readonly ArchiveSpool? _taken;

    private ArchiveSource(string path, SafeFileHandle? file, ArchiveSpool? taken)
    {
        Path = path;
        _file = file;
        _taken = taken;
    }

    /// <summary>Where it was found, for messages.</summary>
    internal string Path { get; }

    /// <summary>Whether it was in a module's file.</summary>
    internal bool IsFromModule => _taken is not null;

    /// <summary>
    /// Opens what the command line calls SOURCE: a path, "-" for standard input, the running kernel's own archive or that of a release.
    /// </summary>
    /// <exception cref="ProgramException">It cannot be opened; the message says why and what to do.</exception>
    internal static ArchiveSource Open(string source, KernelModule module, ArchiveLimits limits)
    {
        if (SourceName.IsRunningKernel(source))
        {
            return KernelArchive.Open(module, limits);
        }

        if (SourceName.ReleaseOf(source) is { } release)
        {
            return KernelArchive.OpenRelease(release, limits);
        }

        return SourceName.IsPath(source) ? OpenPath(source, limits) : new ArchiveSource(StandardInputName, StandardInput(), taken: null);
    }

    /// <summary>Opens an archive.</summary>
    /// <exception cref="ProgramException">It cannot be opened; the message says why and what to do.</exception>
    internal static ArchiveSource OpenArchive(string path) => new(path, OpenFile(path), taken: null);

    /// <summary>Takes the archive out of a module's file.</summary>
    /// <exception cref="ProgramException">It cannot be opened; the message says why and what to do.</exception>
    /// <exception cref="ArchiveException">It holds no archive; the message says why.</exception>
    internal static ArchiveSource TakeFromModule(string path, ArchiveLimits limits) => TakeFromModule(OpenFile(path), path, limits);

    /// <summary>Builds the store, as <see cref="StoreBuilder"/> says; only once.</summary>
    internal SafeFileHandle BuildStore(BuildOptions options) => _taken is null
        ? StoreBuilder.Build(_file!, options)
        : StoreBuilder.Build(_taken, options);

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _taken?.Dispose();
    }

    private static ArchiveSource OpenPath(string path, ArchiveLimits limits)
    {
        SafeFileHandle file = OpenFile(path);
        if (FileStatus.Of(file) is not { Kind: FileStatus.Regular } || !ModuleFile.IsOne(file, path))
        {
            return new ArchiveSource(path, file, taken: null);
        }

        try
        {
            return TakeFromModule(file, path, limits);
        }
        catch (ArchiveException e)
        {
            throw new ProgramException(ExitCode.MountFailure, $"{path}: {e.Message}", e);
        }
    }

    private static ArchiveSource TakeFromModule(SafeFileHandle file, string path, ArchiveLimits limits) =>
        new(path, file: null, ModuleFile.TakeArchive(file, limits));

    private static SafeFileHandle OpenFile(string path)
    {
        if (InheritedDescriptor.Of(path) is { } number && !InheritedDescriptor.IsOpen(number))
        {
            throw Unusable(path, $"is not open; {Advice}");
        }

        if (PosixFile.TryOpen(path) is { } file)
        {
            return Check(file, path);
        }

        var failure = new PosixException(path);
        throw Unusable(path, failure.Errno switch
        {
            PosixException.ENOENT or PosixException.ENOTDIR => $"no such file; {Advice}",
            PosixException.EACCES => "no permission to read it; run as root or change its mode",
            _ => $"cannot be opened ({failure.Reason}); {Advice}",
        });
    }

    private static SafeFileHandle StandardInput() => InheritedDescriptor.IsOpen(0)
        ? Check(new SafeFileHandle(0, ownsHandle: false), StandardInputName)
        : throw Unusable(StandardInputName, $"is closed; {Advice}");

    private static SafeFileHandle Check(SafeFileHandle file, string path)
    {
        // A device gives bytes for ever, or waits for them; /dev/null alone has an end.
        if (FileStatus.Of(file) is { } status
            && (status.Kind is FileStatus.Directory || (status.Kind is FileStatus.CharacterDevice && status.Device != s_null)))
        {
            file.Dispose();
            throw Unusable(path, $"is {status.Description}; {Advice}");
        }

        return file;
    }

    private static ProgramException Unusable(string path, string why) => new(ExitCode.MountFailure, $"{path}: {why}");
}
