using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Logging;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Sandbox;

namespace KHeadersFs.Serving;

/// <summary>
/// -o sandbox and -o setuid: once the mount answers, another process gets the right to unmount, and the server has none any more. What cannot be given up is the
/// end of the mount with sandbox=on, and otherwise a line; also for a mount that has been taken over.
/// </summary>
internal sealed class Retreat(MountSettings settings, Log log, ServedMount mount)
{
    private bool IsSandboxed => settings.Sandbox is not SandboxPolicy.Off;

    /// <summary>Gives up what there is to give up.</summary>
    /// <param name="program">Where the path of the program stands that may take over; 0 for nowhere.</param>
    /// <param name="isOver">The mount was made by another server, and is served on whatever happens.</param>
    /// <exception cref="ProgramException">The user wants no mount without.</exception>
    internal void Run(nuint program, bool isOver)
    {
        if (mount.KeeperProcess is not null)
        {
            // The server before this one has given up everything but what a new program has again.
            _ = LibC.ProcessControl(LibC.PR_SET_DUMPABLE, 0, 0, 0, 0);
            return;
        }

        if (LibC.GetEffectiveUserId() != 0)
        {
            _ = IsSandboxed && ResourceLimit.TryForbidCores();
            return;
        }

        Account? user = settings.ServerUser is { UserId: not 0 } account ? account : null;
        if (!IsSandboxed && user is null)
        {
            return;
        }

        // What another user may not open.
        log.OpenSystemLog();
        ServiceManager.Connect();
        if (!mount.TryStartKeeper(ServerRights.OfKeeper(settings, settings.Directory, mount.Created)))
        {
            Complain($"all rights: no process can be started that keeps them ({Marshal.GetLastPInvokeErrorMessage()})", isOver);
            return;
        }

        _ = ResourceLimit.TryAllowProcesses(ServerSandbox.Threads);
        if (user is { } wanted && !ServerSandbox.TryBecome(wanted.UserId, wanted.GroupId))
        {
            throw new ProgramException(
                ExitCode.System, $"-o setuid: cannot become that user ({Marshal.GetLastPInvokeErrorMessage()}); mount as root");
        }

        string kept = IsSandboxed ? ServerSandbox.Enter(mount.Info?.Minor ?? 0, program) : "";
        if (kept.Length > 0)
        {
            Complain(kept, isOver);
        }
    }

    private void Complain(string kept, bool isOver)
    {
        if (settings.Sandbox is SandboxPolicy.On && !isOver)
        {
            throw new ProgramException(ExitCode.System, $"-o sandbox=on: the server cannot give up {kept}; mount with sandbox=auto");
        }

        log.Warn($"{settings.Directory}: sandbox: the server cannot give up {kept}");
    }
}
