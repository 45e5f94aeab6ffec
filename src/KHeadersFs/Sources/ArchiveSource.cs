using KHeadersFs.Archive;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Sources;

/// <summary>An archive that is open for reading.</summary>
/// <param name="Handle">Its bytes, from the start.</param>
/// <param name="Path">Where it was found, for messages.</param>
/// <param name="ModuleLoaded">The module "kheaders" was loaded for it, and is to be unloaded when all bytes are read.</param>
internal sealed record ArchiveSource(SafeFileHandle Handle, string Path, bool ModuleLoaded) : IDisposable
{
    private const string Advice = "give the path of a kheaders.tar.xz";

    /// <summary>Opens what the command line calls SOURCE: a path, "-" for standard input, or the kernel's own archive.</summary>
    /// <exception cref="ProgramException">It cannot be opened; the message says why and what to do.</exception>
    internal static ArchiveSource Open(string source) => source switch
    {
        "kheaders" or "none" or "auto" => KernelArchive.Open(),
        "-" => new ArchiveSource(new SafeFileHandle(0, ownsHandle: false), "standard input", ModuleLoaded: false),
        _ => new ArchiveSource(OpenFile(source), source, ModuleLoaded: false),
    };

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    internal static SafeFileHandle OpenFile(string path)
    {
        try
        {
            return File.OpenHandle(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Unusable(path, $"no such file; {Advice}", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Unusable(
                path,
                Directory.Exists(path) ? $"is a directory; {Advice}" : "no permission to read it; run as root or change its mode",
                e);
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            throw Unusable(path, $"cannot be opened ({SystemReason.Of(e)}); {Advice}", e);
        }
    }

    private static ProgramException Unusable(string path, string why, Exception e) =>
        new(ExitCode.MountFailure, $"{path}: {why}", e);
}
