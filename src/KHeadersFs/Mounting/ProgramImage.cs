using System.Collections;
using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>This program, to be started once more: a .NET process must not fork.</summary>
internal static unsafe class ProgramImage
{
    /// <summary>The running program, also when its file has been replaced.</summary>
    internal const string Path = "/proc/self/exe";

    /// <summary>What stands for a stream that nobody needs.</summary>
    private const string Nothing = "/dev/null";

    /// <summary>The stream that a process keeps which is started to serve, until the mount answers: for what it has to say.</summary>
    internal const int StandardError = 2;

    /// <summary>Standard streams, under the numbers below this one.</summary>
    private const int Streams = 3;

    private const int EINTR = 4;

    /// <summary>More than a posix_spawn_file_actions_t of any C library has (glibc: 80 bytes).</summary>
    private const int SpawnActionsSize = 512;

    /// <summary>
    /// Starts it with /dev/null for its standard streams, but for those that are open here from number <paramref name="inherited"/> on.
    /// It inherits every other descriptor that is not close-on-exec. Returns the process id, or -1 with errno set.
    /// </summary>
    internal static int Spawn(IEnumerable<string> arguments, IEnumerable<string> variables, int inherited = Streams)
    {
        using var argv = new NativeStrings(arguments);
        using var envp = new NativeStrings(variables);
        byte* actions = stackalloc byte[SpawnActionsSize];
        _ = LibC.InitSpawnActions(actions);
        for (int stream = 0; stream < Streams; stream++)
        {
            // Before the new image runs: where a stream is closed, its runtime would open something of its own there.
            if (stream < inherited || !IsStream(stream))
            {
                _ = LibC.AddOpenAction(actions, stream, Nothing, LibC.O_RDWR, 0);
            }
        }

        int process;
        int error = LibC.Spawn(&process, Path, actions, null, argv.Pointer, envp.Pointer);
        _ = LibC.DestroySpawnActions(actions);
        Marshal.SetLastPInvokeError(error);
        return error == 0 ? process : -1;
    }

    /// <summary>Lets go of the last stream that a process started with <see cref="StandardError"/> has inherited.</summary>
    internal static void ReleaseStandardError()
    {
        using var nothing = new SafeFileHandle(0, ownsHandle: false); // as it was started
        _ = LibC.Duplicate(nothing, StandardError);
    }

    /// <summary>This process's variables, and one more.</summary>
    internal static IEnumerable<string> Variables(string name, string value)
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            yield return $"{variable.Key}={variable.Value}";
        }

        yield return $"{name}={value}";
    }

    /// <summary>What is close-on-exec under the number of a stream is not the stream but something of our runtime's.</summary>
    private static bool IsStream(int stream)
    {
        int flags = LibC.Control(stream, LibC.F_GETFD, 0);
        return flags >= 0 && (flags & LibC.FD_CLOEXEC) == 0;
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
