using System.Runtime.InteropServices;
using KHeadersFs.Interop;

namespace KHeadersFs.Mounting;

/// <summary>The directory to mount on, and the name that stands beside it in the mount table.</summary>
internal static class MountPoint
{
    /// <summary>The absolute path of <paramref name="directory"/>, symbolic links resolved.</summary>
    /// <exception cref="ProgramException">It does not exist or is no directory.</exception>
    internal static string Resolve(string directory)
    {
        nint path = LibC.RealPath(directory, 0);
        if (path == 0)
        {
            string reason = Marshal.GetLastPInvokeErrorMessage();
            string advice = new FileInfo(directory).LinkTarget is { } target
                ? $"it is a symbolic link to {target}, which does not exist; create that directory"
                : $"{reason}; create the directory first (mkdir -p)";
            throw new ProgramException(ExitCode.MountFailure, $"{directory}: {advice}");
        }

        string resolved = Marshal.PtrToStringUTF8(path)!;
        LibC.Free(path);
        return Directory.Exists(resolved)
            ? resolved
            : throw new ProgramException(ExitCode.MountFailure, $"{directory}: is not a directory; give one to mount on");
    }

    /// <summary>
    /// What the mount table shows for an archive. systemd takes a path below /sys or /dev for a device and waits for it, so
    /// the kernel's own archive is called "kheaders".
    /// </summary>
    internal static string SourceLabel(string source)
    {
        if (source is "kheaders" or "none" or "auto" or "-")
        {
            return "kheaders";
        }

        string path = Path.GetFullPath(source);
        string[] virtualRoots = ["/sys/", "/dev/", "/proc/"];
        return virtualRoots.Any(r => path.StartsWith(r, StringComparison.Ordinal)) ? "kheaders" : path;
    }
}
