using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Sources;

/// <summary>An archive that is open for reading.</summary>
/// <param name="Handle">Its bytes, from the start.</param>
/// <param name="Path">Where it was found, for messages.</param>
internal sealed record ArchiveSource(SafeFileHandle Handle, string Path) : IDisposable
{
    private const string StandardInputName = "standard input";

    /// <summary>/dev/null (drivers/char/mem.c).</summary>
    private static readonly (uint Major, uint Minor) s_null = (1, 3);

    private const string Advice = "give the path of a kheaders.tar.xz";

    /// <summary>Opens what the command line calls SOURCE: a path, "-" for standard input, or the kernel's own archive.</summary>
    /// <exception cref="ProgramException">It cannot be opened; the message says why and what to do.</exception>
    internal static ArchiveSource Open(string source, KernelModule module) => source switch
    {
        "kheaders" or "none" or "auto" => KernelArchive.Open(module),
        "-" => new ArchiveSource(StandardInput(), StandardInputName),
        _ => new ArchiveSource(OpenFile(source), source),
    };

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    /// <exception cref="ProgramException">It cannot be opened; the message says why and what to do.</exception>
    internal static SafeFileHandle OpenFile(string path)
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
