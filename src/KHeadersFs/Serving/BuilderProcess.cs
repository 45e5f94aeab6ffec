using System.Runtime.InteropServices;
using KHeadersFs.Mounting;
using KHeadersFs.Options;

namespace KHeadersFs.Serving;

/// <summary>The child that builds the store for a server in the foreground: its memory goes with it.</summary>
internal static class BuilderProcess
{
    /// <summary>Starts it, with this process's streams and the user's own command line, the directory made absolute.</summary>
    /// <exception cref="ProgramException">It could not be started.</exception>
    internal static ChildProcess Start(MountSettings settings, int socket)
    {
        string handles = new ServerHandles(ProcessRole.Builder, socket, []).ToString();
        int process = ProgramImage.Spawn(
            ["kheadersfs", .. settings.Arguments, "--", settings.Source, settings.Directory],
            ProgramImage.Variables(ServerHandles.Variable, handles),
            inherited: 0);
        return process > 0
            ? new ChildProcess(process)
            : throw new ProgramException(
                ExitCode.System, $"cannot start the process that reads the archive: {Marshal.GetLastPInvokeErrorMessage()}; try again");
    }
}
