using System.Collections;
using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Options;
using KHeadersFs.Serving;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>
/// Turns a mounted device and a store into a serving process: a fresh image of this program, because a .NET process must
/// not fork and the memory of building must not stay.
/// </summary>
internal static unsafe class ServerProcess
{
    /// <summary>The first descriptor that is no standard stream.</summary>
    private const int FirstFree = 3;

    /// <summary>
    /// Starts the server. With -f it replaces this process; otherwise this returns when the mount answers. <paramref name="tree"/>
    /// is a copy of the mount for -o prime, or null.
    /// </summary>
    /// <exception cref="ProgramException">The server did not come up.</exception>
    internal static void Start(
        MountSettings settings,
        string directory,
        IReadOnlyList<string> created,
        FuseDevice device,
        SafeFileHandle store,
        SafeFileHandle? tree)
    {
        int deviceNumber = Inherit(device);
        int storeNumber = Inherit(store);
        int treeNumber = tree is null ? -1 : Inherit(tree);
        if (settings.Foreground)
        {
            Execute(settings, directory, new ServerHandles(deviceNumber, storeNumber, -1, treeNumber, created));
            return;
        }

        int* ends = stackalloc int[2];
        if (LibC.Pipe(ends, LibC.O_CLOEXEC) < 0)
        {
            throw new ProgramException(ExitCode.System, $"pipe: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        using var wait = new FileStream(new SafeFileHandle(ends[0], ownsHandle: true), FileAccess.Read, bufferSize: 0);
        using (var ready = new SafeFileHandle(ends[1], ownsHandle: true))
        {
            Spawn(settings, directory, new ServerHandles(deviceNumber, storeNumber, Inherit(ready), treeNumber, created));
        }

        if (wait.ReadByte() < 0)
        {
            throw new ProgramException(ExitCode.System, $"{directory}: the server ended before the mount answered; see the system log");
        }
    }

    /// <summary>The number under which the server will have a descriptor: never that of a standard stream.</summary>
    private static int Inherit(SafeHandle handle)
    {
        int descriptor = (int)handle.DangerousGetHandle();
        if (descriptor < FirstFree)
        {
            // We were started with closed streams. The copy ends with this process.
            return LibC.Control(descriptor, LibC.F_DUPFD, FirstFree);
        }

        _ = LibC.Control(descriptor, LibC.F_SETFD, 0);
        return descriptor;
    }

    private static void Spawn(MountSettings settings, string directory, ServerHandles handles)
    {
        if (ProgramImage.Spawn(Arguments(settings, directory), Variables(handles)) < 0)
        {
            throw new ProgramException(ExitCode.System, $"cannot start the server: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    private static void Execute(MountSettings settings, string directory, ServerHandles handles)
    {
        using var argv = new NativeStrings(Arguments(settings, directory));
        using var envp = new NativeStrings(Variables(handles));
        OpenClosedStreams();
        _ = LibC.Execute(ProgramImage.Path, argv.Pointer, envp.Pointer);
        throw new ProgramException(ExitCode.System, $"cannot start the server: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>What is close-on-exec under the number of a stream is not the stream but something of our runtime's.</summary>
    private static void OpenClosedStreams()
    {
        // Stays open: it may itself have the number of a stream. If not, the server closes it as foreign.
        SafeFileHandle nothing = LibC.Open(ProgramImage.Nothing, LibC.O_RDWR);
        for (int stream = 0; stream < FirstFree; stream++)
        {
            int flags = LibC.Control(stream, LibC.F_GETFD, 0);
            if (flags < 0 || (flags & LibC.FD_CLOEXEC) != 0)
            {
                _ = LibC.Duplicate(nothing, stream);
            }
        }

        nothing.SetHandleAsInvalid();
    }

    /// <summary>The user's own command line, the directory made absolute.</summary>
    private static IEnumerable<string> Arguments(MountSettings settings, string directory)
    {
        yield return "kheadersfs";
        foreach (string argument in settings.Arguments)
        {
            yield return argument;
        }

        yield return "--";
        yield return settings.Source;
        yield return directory;
    }

    private static IEnumerable<string> Variables(ServerHandles handles)
    {
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            yield return $"{variable.Key}={variable.Value}";
        }

        yield return $"{ServerHandles.Variable}={handles}";
    }
}
