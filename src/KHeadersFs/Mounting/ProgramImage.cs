using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>This program, to be started once more.</summary>
internal static class ProgramImage
{
    /// <summary>The running program, also when its file has been replaced.</summary>
    internal const string Path = "/proc/self/exe";

    /// <summary>The stream that a process keeps which is started to serve, until the mount answers: for what it has to say.</summary>
    internal const int StandardError = 2;

    /// <summary>
    /// Starts it with our variables and /dev/null for its standard streams, but for those from number <paramref name="inherited"/> on,
    /// which are ours; <paramref name="handed"/> are what <see cref="StartMessage"/> gives numbers. The process id, or -1 with errno set.
    /// </summary>
    internal static int Spawn(IEnumerable<string> arguments, int inherited, params ReadOnlySpan<SafeHandle> handed) =>
        ChildProcess.Spawn(Path, arguments, ProcessText.Variables, null, inherited, handed);

    /// <summary>Lets go of the last stream that a process started with <see cref="StandardError"/> has inherited.</summary>
    internal static void ReleaseStandardError()
    {
        using var nothing = new SafeFileHandle(0, ownsHandle: false); // as it was started
        _ = LibC.Duplicate(nothing, StandardError);
    }

    /// <summary>Kills a process that <see cref="Spawn"/> has started, once, and waits until it has ended.</summary>
    internal static void End(int process)
    {
        _ = LibC.Kill(process, LibC.SIGKILL);
        _ = ChildProcess.Wait(process);
    }
}
