using System.Runtime.InteropServices;
using KHeadersFs.Posix.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Posix;

/// <summary>
/// The one way to start a process: posix_spawn(3), because a .NET process must not fork. What is ignored or blocked here is not in the
/// new process.
/// </summary>
internal static unsafe class ChildProcess
{
    /// <summary>What stands for a stream that nobody needs.</summary>
    internal const string Nothing = "/dev/null";

    /// <summary>Standard streams, under the numbers below this one.</summary>
    internal const int Streams = 3;

    /// <summary>A child finds what it is handed under numbers from here to <see cref="FirstUnused"/>, which is passed over to it.</summary>
    internal const int FirstHanded = 10;

    /// <summary>After the last number that a child is handed anything under.</summary>
    internal const int FirstUnused = 16;

    private const int StandardError = 2;

    /// <summary>More than any C library's posix_spawn_file_actions_t, posix_spawnattr_t and sigset_t have (glibc: 80, 336, 128 bytes).</summary>
    private const int StructSize = 512;

    /// <summary>
    /// Starts a program with /dev/null for its standard streams, and <paramref name="handed"/> under the numbers from
    /// <see cref="FirstHanded"/> on; it inherits every other descriptor that is not close-on-exec.
    /// </summary>
    /// <returns>The process id, or -1 with errno set.</returns>
    internal static int Spawn(string program, IEnumerable<string> arguments, IEnumerable<string> variables, params ReadOnlySpan<SafeHandle> handed) =>
        Spawn(program, arguments, variables, null, Streams, blocksSignals: false, handed);

    /// <summary>Runs a program to its end; what it wrote to standard error, on one line, is <paramref name="complaint"/>.</summary>
    /// <returns>Its exit status, 128 and more for a signal; -1 with errno set when it could not be started, or as <see cref="Wait"/>.</returns>
    internal static int Run(string program, IEnumerable<string> arguments, out string complaint)
    {
        using RunningProcess? process = RunningProcess.TryStart(program, arguments, ProcessText.Variables);
        complaint = "";
        return process is null ? -1 : process.Finish(out complaint);
    }

    /// <summary>Waits for the end of a process, once.</summary>
    /// <returns>
    /// Its exit status, 128 and more for a signal; -1 with errno set (ECHILD) when nobody knows how it ended: it is no child of this
    /// process, or somebody else has waited for it.
    /// </returns>
    internal static int Wait(int process)
    {
        int status = 0;
        while (LibC.WaitFor(process, &status, 0) < 0)
        {
            if (Marshal.GetLastPInvokeError() != LibC.EINTR)
            {
                return -1;
            }
        }

        return (status & 0x7F) == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F);
    }

    /// <summary>False for a stream that is closed, or was: our runtime opens files of its own, and marks them close-on-exec.</summary>
    internal static bool IsOpen(int stream)
    {
        using var file = new SafeFileHandle(stream, ownsHandle: false);
        return LibC.Control(file, LibC.F_GETFD, 0) is >= 0 and int flags && (flags & LibC.FD_CLOEXEC) == 0;
    }

    /// <summary>
    /// As the other one, with <paramref name="complaints"/>, if there is one, for standard error; streams from number
    /// <paramref name="inherited"/> on are as they are here. With <paramref name="blocksSignals"/> all signals wait until the new process unblocks them.
    /// </summary>
    internal static int Spawn(
        string program,
        IEnumerable<string> arguments,
        IEnumerable<string> variables,
        SafeHandle? complaints,
        int inherited,
        bool blocksSignals,
        params ReadOnlySpan<SafeHandle> handed)
    {
        using var argv = new NativeStrings(arguments);
        using var envp = new NativeStrings(variables);
        byte* actions = stackalloc byte[StructSize];
        byte* attributes = stackalloc byte[StructSize];
        byte* signals = stackalloc byte[StructSize];
        _ = LibC.InitActions(actions);
        for (int stream = 0; stream < inherited; stream++)
        {
            // Before the new image runs: where a stream is closed, its runtime would open something of its own there.
            _ = LibC.AddOpen(actions, stream, Nothing, LibC.O_RDWR, 0);
        }

        var copies = new List<SafeFileHandle>();
        if (complaints is not null)
        {
            Hand(complaints, StandardError);
        }

        for (int i = 0; i < handed.Length; i++)
        {
            Hand(handed[i], FirstHanded + i);
        }

        _ = LibC.InitAttributes(attributes);
        _ = LibC.SetFlags(attributes, LibC.POSIX_SPAWN_SETSIGDEF | LibC.POSIX_SPAWN_SETSIGMASK);
        _ = blocksSignals ? LibC.FillSignals(signals) : LibC.EmptySignals(signals);
        _ = LibC.SetSignalMask(attributes, signals);
        _ = LibC.FillSignals(signals);
        _ = LibC.SetDefaultSignals(attributes, signals);
        int process = -1;
        int error = copies.Exists(static c => c.IsInvalid)
            ? PosixException.EMFILE
            : LibC.Spawn(&process, program, actions, attributes, argv.Pointer, envp.Pointer);
        _ = LibC.DestroyAttributes(attributes);
        _ = LibC.DestroyActions(actions);
        copies.ForEach(static c => c.Dispose());
        Marshal.SetLastPInvokeError(error);
        return error == 0 ? process : -1;

        // By way of a copy, lest one takes the number that another one still has.
        void Hand(SafeHandle file, int number)
        {
            var copy = new SafeFileHandle(LibC.Control(file, LibC.F_DUPFD_CLOEXEC, FirstUnused), ownsHandle: true);
            copies.Add(copy);
            _ = LibC.AddDuplicate(actions, (int)copy.DangerousGetHandle(), number);
        }
    }
}
