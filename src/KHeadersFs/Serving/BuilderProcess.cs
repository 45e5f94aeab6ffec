using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Mounting;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Sources;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>The child that builds the store for a server in the foreground: its memory goes with it.</summary>
internal static class BuilderProcess
{
    /// <summary>Starts it, with this process's streams and the user's own command line, the directory made absolute, below -o root.</summary>
    /// <exception cref="ProgramException">It could not be started.</exception>
    internal static StartedProcess Start(MountSettings settings, DescriptorSocket socket)
    {
        var handed = new List<SafeHandle> { socket.ChildEnd! };
        string[] arguments = ["kheadersfs", .. settings.Arguments, "--", Hand(settings.Source), Hand(RootDirectory.Inside(settings.Directory, RootDirectory.Of(settings)))];
        int process = socket.SendBytes(new StartMessage(ImageRole.Builder, "").ToBytes())
            ? ProgramImage.Spawn(arguments, inherited: 0, [.. handed])
            : -1;
        return process > 0
            ? new StartedProcess(process)
            : throw new ProgramException(
                ExitCode.System, $"cannot start the process that reads the archive: {Marshal.GetLastPInvokeErrorMessage()}; try again");

        // What the user has opened under a number that the child has something of ours under.
        string Hand(string path)
        {
            if (InheritedDescriptor.Of(path) is not (>= ChildProcess.FirstHanded and < ChildProcess.FirstUnused and int number)
                || !InheritedDescriptor.IsOpen(number))
            {
                return path;
            }

            handed.Add(new SafeFileHandle(number, ownsHandle: false));
            return string.Create(CultureInfo.InvariantCulture, $"/dev/fd/{ChildProcess.FirstHanded + handed.Count - 1}");
        }
    }
}
