using System.Runtime.InteropServices;
using KHeadersFs.Interop;

namespace KHeadersFs.Mounting;

/// <summary>This program, to be started once more: a .NET process must not fork.</summary>
internal static unsafe class ProgramImage
{
    /// <summary>The running program, also when its file has been replaced.</summary>
    internal const string Path = "/proc/self/exe";

    /// <summary>What stands for a stream that nobody needs.</summary>
    internal const string Nothing = "/dev/null";

    /// <summary>Standard streams, under the numbers below this one.</summary>
    internal const int Streams = 3;

    private const int EINTR = 4;

    /// <summary>More than a posix_spawn_file_actions_t of any C library has (glibc: 80 bytes).</summary>
    private const int SpawnActionsSize = 512;

    /// <summary>
    /// Starts it with /dev/null for its standard streams; it inherits every descriptor that is not close-on-exec. Returns the
    /// process id, or -1 with errno set.
    /// </summary>
    internal static int Spawn(IEnumerable<string> arguments, IEnumerable<string> variables)
    {
        using var argv = new NativeStrings(arguments);
        using var envp = new NativeStrings(variables);
        byte* actions = stackalloc byte[SpawnActionsSize];
        _ = LibC.InitSpawnActions(actions);
        for (int stream = 0; stream < Streams; stream++)
        {
            // Before the new image runs: where a stream is closed, its runtime would open something of its own there.
            _ = LibC.AddOpenAction(actions, stream, Nothing, LibC.O_RDWR, 0);
        }

        int process;
        int error = LibC.Spawn(&process, Path, actions, null, argv.Pointer, envp.Pointer);
        _ = LibC.DestroySpawnActions(actions);
        Marshal.SetLastPInvokeError(error);
        return error == 0 ? process : -1;
    }

    /// <summary>Kills a process that <see cref="Spawn"/> has started, once, and waits until it has ended.</summary>
    internal static void End(int process)
    {
        _ = LibC.Kill(process, LibC.SIGKILL);
        while (LibC.WaitFor(process, null, 0) < 0 && Marshal.GetLastPInvokeError() == EINTR)
        {
        }
    }
}
