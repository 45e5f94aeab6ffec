using KHeadersFs.Archive;
using KHeadersFs.Archive.Elf;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Xz;
using KHeadersFs.Decoding;
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
    private readonly DecoderProcess? _decoder;

    private ArchiveSource(string path, SafeFileHandle? file, ArchiveSpool? taken, DecoderProcess? decoder = null, bool isModule = false)
    {
        Path = path;
        _file = file;
        _taken = taken;
        _decoder = decoder;
        IsFromModule = isModule || taken is not null;
    }

    /// <summary>Where it was found, for messages.</summary>
    internal string Path { get; }

    /// <summary>Whether it was in a module's file.</summary>
    internal bool IsFromModule { get; }

    /// <summary>
    /// What it tells of its kernel's release, where another process has built the store; null where nobody knows yet, empty for none.
    /// </summary>
    internal string? Release => _decoder?.Release;

    /// <summary>
    /// Opens what the command line calls SOURCE: a path, "-" for standard input, the running kernel's own archive or that of a release.
    /// </summary>
    /// <param name="source">SOURCE.</param>
    /// <param name="module">What loads the kernel's module.</param>
    /// <param name="limits">What the archive may ask for.</param>
    /// <param name="places">Where modules are.</param>
    /// <param name="decoder">
    /// Decodes what is not the kernel's own; null for this process. Whoever can write to the kernel's could as well write to the kernel.
    /// </param>
    /// <param name="opened">Called with its name when such an archive is open, and before it is read.</param>
    /// <exception cref="ProgramException">It cannot be opened; the message says why and what to do.</exception>
    internal static ArchiveSource Open(
        string source, KernelModule module, ArchiveLimits limits, ModulePlaces places, DecoderProcess? decoder = null, Action<string>? opened = null)
    {
        if (SourceName.IsRunningKernel(source))
        {
            return KernelArchive.Open(module, limits, places, decoder);
        }

        if (SourceName.ReleaseOf(source) is { } release)
        {
            return KernelArchive.OpenRelease(release, limits, places, decoder);
        }

        if (KernelArchive.Places.Contains(source))
        {
            return OpenPath(source, limits);
        }

        if (SourceName.IsPath(source))
        {
            return OpenPath(source, limits, decoder, opened);
        }

        var input = new ArchiveSource(StandardInputName, StandardInput(), taken: null, decoder);
        opened?.Invoke(StandardInputName);
        return input;
    }

    /// <summary>Opens an archive.</summary>
    /// <exception cref="ProgramException">It cannot be opened; the message says why and what to do.</exception>
    internal static ArchiveSource OpenArchive(string path) => new(path, OpenFile(path), taken: null);

    /// <summary>Takes the archive out of a module's file; with a decoder that does it when the store is built.</summary>
    /// <exception cref="ProgramException">It cannot be opened; the message says why and what to do.</exception>
    /// <exception cref="ArchiveException">It holds no archive; the message says why.</exception>
    internal static ArchiveSource TakeFromModule(string path, ArchiveLimits limits, DecoderProcess? decoder = null) => decoder is null
        ? TakeFromModule(OpenFile(path), path, limits)
        : new ArchiveSource(path, OpenFile(path), taken: null, decoder, isModule: true);

    /// <summary>Builds the store, as <see cref="StoreBuilder"/> says; only once.</summary>
    internal SafeFileHandle BuildStore(BuildOptions options) =>
        _decoder is { } decoder ? BuildStore(decoder, options)
        : _taken is { } taken ? StoreBuilder.Build(taken, options)
        : StoreBuilder.Build(_file!, options);

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _taken?.Dispose();
    }

    private SafeFileHandle BuildStore(DecoderProcess decoder, BuildOptions options)
    {
        if (!IsFromModule)
        {
            return StoreBuilder.Build(_file!, options, file => decoder.Make(DecoderTask.BuildStore, file, Path, options));
        }

        if (options.Cache is null)
        {
            return decoder.Make(DecoderTask.BuildStoreOfModule, _file!, Path, options);
        }

        using SafeFileHandle archive = decoder.Make(DecoderTask.TakeArchive, _file!, Path, options);
        return StoreBuilder.Build(archive, options, file => decoder.Make(DecoderTask.BuildStore, file, Path, options));
    }

    private static ArchiveSource OpenPath(string path, ArchiveLimits limits, DecoderProcess? decoder = null, Action<string>? opened = null)
    {
        SafeFileHandle file = OpenFile(path);
        opened?.Invoke(path);
        bool isModule = FileStatus.Of(file) is { Kind: FileStatus.Regular } && ModuleFile.IsOne(file, path);
        if (decoder is not null || !isModule)
        {
            return new ArchiveSource(path, file, taken: null, decoder, isModule);
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
