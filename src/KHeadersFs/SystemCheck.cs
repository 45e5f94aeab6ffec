using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Sources;

namespace KHeadersFs;

/// <summary>What every mount needs of the system and has no message of its own for, looked at before anything is done.</summary>
internal static class SystemCheck
{
    /// <summary>Descriptors that a mount has open at once at most, inherited ones not counted: some 20.</summary>
    internal const ulong LeastDescriptors = 32;

    /// <summary>A control group with less kills the mount of a kernel's own archive (src/docs/install.md, "Limits").</summary>
    internal const long LeastMemory = 20 << 20;

    /// <summary>Warns where a mount is likely to be killed, for a small archive may do.</summary>
    internal static void WarnOfMemory(Action<string> warn)
    {
        if (CGroupMemory.Limit is < LeastMemory and long limit)
        {
            warn($"memory: the limit of this control group is {limit >> 20} MiB, and a mount takes up to {LeastMemory >> 20}: "
                + "it may be killed without a word; raise the limit (MemoryMax=, docker run -m)");
        }
    }

    /// <summary>Before anything is unmounted, or looked at.</summary>
    /// <exception cref="ProgramException">Something is missing.</exception>
    internal static void BeforeUnmount(MountSettings settings)
    {
        RequireProc();
        RequireWorkingDirectory(settings.Directory);
    }

    /// <summary>Before anything is mounted.</summary>
    /// <exception cref="ProgramException">Something is missing.</exception>
    internal static void BeforeMount(MountSettings settings)
    {
        RequireProc();
        if (FileStatus.Of(ChildProcess.Nothing) is not { Kind: FileStatus.CharacterDevice })
        {
            throw Missing($"{ChildProcess.Nothing}: is missing; mknod -m 666 {ChildProcess.Nothing} c 1 3");
        }

        if (ResourceLimit.OpenFiles is < LeastDescriptors and ulong limit)
        {
            throw Missing($"the limit of open files: is {limit}, and a mount needs {LeastDescriptors}; raise it (ulimit -n)");
        }

        RequireWorkingDirectory(settings.Directory);
        RequireWorkingDirectory(SourceName.IsPath(settings.Source) ? settings.Source : "");
        RequireWorkingDirectory(settings.CacheDirectory);
    }

    private static void RequireProc()
    {
        if (!PosixFile.Exists(Mounting.ProgramImage.Path))
        {
            throw Missing("/proc: is not mounted; mount -t proc proc /proc");
        }
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

    private static ProgramException Missing(string message) => new(ExitCode.System, message);
}
