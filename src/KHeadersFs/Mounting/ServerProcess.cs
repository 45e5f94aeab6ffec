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
    private const string Image = "/proc/self/exe";

    /// <summary>Starts the server. With -f it replaces this process; otherwise this returns when the mount answers.</summary>
    /// <exception cref="ProgramException">The server did not come up.</exception>
    internal static void Start(
        MountSettings settings, string directory, IReadOnlyList<string> created, FuseDevice device, SafeFileHandle store)
    {
        int deviceNumber = Inherit(device);
        int storeNumber = Inherit(store);
        if (settings.Foreground)
        {
            Execute(settings, directory, new ServerHandles(deviceNumber, storeNumber, -1, created));
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
            Spawn(settings, directory, new ServerHandles(deviceNumber, storeNumber, Inherit(ready), created));
        }

        if (wait.ReadByte() < 0)
        {
            throw new ProgramException(ExitCode.System, $"{directory}: the server ended before the mount answered; see the system log");
        }
    }

    private static int Inherit(SafeHandle handle)
    {
        int descriptor = (int)handle.DangerousGetHandle();
        _ = LibC.Control(descriptor, LibC.F_SETFD, 0);
        return descriptor;
    }

    private static void Spawn(MountSettings settings, string directory, ServerHandles handles)
    {
        using var argv = new NativeStrings(Arguments(settings, directory));
        using var envp = new NativeStrings(Variables(handles));
        int pid;
        int error = LibC.Spawn(&pid, Image, null, null, argv.Pointer, envp.Pointer);
        if (error != 0)
        {
            throw new ProgramException(ExitCode.System, $"cannot start the server: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    private static void Execute(MountSettings settings, string directory, ServerHandles handles)
    {
        using var argv = new NativeStrings(Arguments(settings, directory));
        using var envp = new NativeStrings(Variables(handles));
        _ = LibC.Execute(Image, argv.Pointer, envp.Pointer);
        throw new ProgramException(ExitCode.System, $"cannot start the server: {Marshal.GetLastPInvokeErrorMessage()}");
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
