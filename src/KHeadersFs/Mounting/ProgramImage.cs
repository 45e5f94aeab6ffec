using KHeadersFs.Interop;
using KHeadersFs.Posix;

namespace KHeadersFs.Mounting;

/// <summary>This program, to be started once more.</summary>
internal static class ProgramImage
{
    /// <summary>The running program, also when its file has been replaced.</summary>
    internal const string Path = "/proc/self/exe";

    /// <summary>Starts it with our variables; <paramref name="handed"/> are what <see cref="StartMessage"/> gives numberss. The process id, or -1 with errno set.</summary>
    internal static int Spawn(IEnumerable<string> arguments, params ReadOnlySpan<System.Runtime.InteropServices.SafeHandle> handed) =>
        ChildProcess.Spawn(Path, arguments, ProcessText.Variables, handed);

    /// <summary>Kills a process that <see cref="Spawn"/> has started, once, and waits until it has ended.</summary>
    internal static void End(int process)
    {
        _ = LibC.Kill(process, LibC.SIGKILL);
        _ = ChildProcess.Wait(process);
    }
}
