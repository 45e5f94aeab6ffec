using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Options;
using KHeadersFs.Posix;

namespace KHeadersFs.Mounting;

/// <summary>
/// -N of a mount helper: the same command again in another mount namespace. setns(2) refuses processes with several threads,
/// which a .NET process always has, so nsenter(1), which comes with mount(8), does it.
/// </summary>
internal static unsafe class NamespaceCommand
{
    private static readonly string[] s_programs = ["/usr/bin/nsenter", "/bin/nsenter"];

    /// <summary>Replaces this process; returns only by exception.</summary>
    /// <exception cref="ProgramException">nsenter is missing or cannot be run.</exception>
    internal static void Enter(MountSettings settings, string mountNamespace)
    {
        string file = uint.TryParse(mountNamespace, NumberStyles.None, CultureInfo.InvariantCulture, out uint pid)
            ? $"/proc/{pid}/ns/mnt"
            : mountNamespace;
        string program = Array.Find(s_programs, PosixFile.Exists)
            ?? throw new ProgramException(ExitCode.System, $"-N {mountNamespace}: nsenter is missing; install util-linux");
        string[] options = [.. settings.Sloppy ? (string[])["-s"] : [], .. settings.Arguments];
        using var argv = new NativeStrings(
            ["nsenter", $"--mount={file}", "--", PosixFile.ReadLink(ProgramImage.Path)!, .. options, "--", settings.Source, settings.Directory]);
        using var envp = new NativeStrings(ProcessText.Variables);
        _ = LibC.Execute(program, argv.Pointer, envp.Pointer);
        throw new ProgramException(ExitCode.System, $"-N {mountNamespace}: {program}: {Marshal.GetLastPInvokeErrorMessage()}; mount from within that namespace");
    }
}
