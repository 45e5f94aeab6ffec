using KHeadersFs.Interop;
using KHeadersFs.Options;
using KHeadersFs.Posix;

namespace KHeadersFs;

/// <summary>What every mount needs of the system and has no message of its own for, looked at before anything is done.</summary>
internal static class SystemCheck
{
    /// <summary>Descriptors that a mount has open at once at most, inherited ones not counted: some 20.</summary>
    private const ulong LeastDescriptors = 32;

    /// <exception cref="ProgramException">Something is missing.</exception>
    internal static void Run(MountSettings settings)
    {
        if (!PosixFile.Exists(Mounting.ProgramImage.Path))
        {
            throw Missing("/proc: is not mounted; mount -t proc proc /proc");
        }

        if (FileStatus.Of(ChildProcess.Nothing) is not { Kind: FileStatus.CharacterDevice })
        {
            throw Missing($"{ChildProcess.Nothing}: is missing; mknod -m 666 {ChildProcess.Nothing} c 1 3");
        }

        if (OpenFilesLimit() is { } limit && limit < LeastDescriptors)
        {
            throw Missing($"the limit of open files: is {limit}, and a mount needs {LeastDescriptors}; raise it (ulimit -n)");
        }

        RequireWorkingDirectory(settings.Directory);
        RequireWorkingDirectory(settings.Source);
        RequireWorkingDirectory(settings.CacheDirectory);
    }

    private static void RequireWorkingDirectory(string path)
    {
        try
        {
            _ = path.Length == 0 ? path : PosixDirectory.Absolute(path);
        }
        catch (PosixException e)
        {
            throw new ProgramException(
                ExitCode.MountFailure, $"{path}: is relative to a working directory that has been removed; give a path from the root", e);
        }
    }

    private static unsafe ulong? OpenFilesLimit()
    {
        LibC.RLimit limit;
        return LibC.GetLimit(LibC.RLIMIT_NOFILE, &limit) == 0 ? limit.Current : null;
    }

    private static ProgramException Missing(string message) => new(ExitCode.System, message);
}
