using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>
/// The service manager's descriptor store (sd_notify(3), FDSTORE=1): it holds what a mount needs while its server is dead, and gives it
/// to the next one (sd_listen_fds(3)).
/// </summary>
/// <remarks>
/// A service manager that keeps nothing closes what it gets, and says nothing: systemd with FileDescriptorStoreMax=0, its default, or podman. So it also gets
/// one end of a pair of sockets: as long as that is open, somebody keeps it, and what came before it. Whether it has been read at all is told by
/// BARRIER=1, whose descriptor is closed when everything before has been processed (sd_notify_barrier(3), systemd 246).
/// </remarks>
internal sealed unsafe class DescriptorStore
{
    private const string Device = "device";
    private const string Store = "store";
    private const string Session = "session";
    private const string Probe = "probe";

    /// <summary>What the variables' names begin with that tell of descriptors, to the process whose number LISTEN_PID is.</summary>
    internal const string VariablePrefix = "LISTEN_";

    /// <summary>The first descriptor that a service manager passes: SD_LISTEN_FDS_START.</summary>
    private const int First = 3;

    private SafeFileHandle? _probe; // our end: hung up when nobody has the other one
    private SafeFileHandle? _barrier; // likewise

    /// <summary>Whether what was given is kept. False as long as it is not known to be.</summary>
    internal bool IsKept => _probe is not null && _barrier is not null && IsHungUp(_barrier) && !IsHungUp(_probe);

    /// <summary>Has copies of store, session and device kept, or of nothing that is not kept already.</summary>
    internal void Keep(params ReadOnlySpan<SafeHandle> descriptors)
    {
        if (!ServiceManager.IsThere)
        {
            return;
        }

        ReadOnlySpan<string> names = [Store, Session, Device];
        bool isTaken = true;
        for (int i = 0; i < descriptors.Length; i++)
        {
            // FDPOLL=0: a service manager that waited for the device would be woken by each request. It would only learn of the connection's end, and that
            // ends the service too.
            isTaken = isTaken && ServiceManager.Notify($"FDSTORE=1\nFDPOLL=0\nFDNAME={names[i]}", (int)descriptors[i].DangerousGetHandle());
        }

        if (isTaken && Hand($"FDSTORE=1\nFDNAME={Probe}") is { } probe && Hand("BARRIER=1") is { } barrier)
        {
            (_probe, _barrier) = (probe, barrier);
        }
    }

    /// <summary>Has the copies closed: nothing but this process then holds the connection.</summary>
    internal static void Drop()
    {
        foreach (string name in (string[])[Device, Store, Session, Probe])
        {
            _ = ServiceManager.Notify($"FDSTOREREMOVE=1\nFDNAME={name}");
        }
    }

    /// <summary>
    /// What has been kept, close-on-exec, as the descriptors of <see cref="InheritedMount.TryTake"/>; null when nothing has. Whatever
    /// else comes from the service manager is closed: no later process is to take it for its own. To be called once.
    /// </summary>
    internal static int[]? Receive()
    {
        int[] numbers = [-1, -1, -1];
        if (int.TryParse(ProcessText.Variable("LISTEN_PID"), NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            && process == Environment.ProcessId
            && int.TryParse(ProcessText.Variable("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            string[] names = ProcessText.Variable("LISTEN_FDNAMES")?.Split(':') ?? [];
            for (int i = 0; i < count; i++)
            {
                int place = Array.IndexOf([Device, Store, Session], i < names.Length ? names[i] : "");
                if (place < 0 || numbers[place] >= 0)
                {
                    _ = LibC.Close(First + i);
                    continue;
                }

                numbers[place] = First + i;
                _ = LibC.Control(First + i, LibC.F_SETFD, LibC.FD_CLOEXEC);
            }
        }

        return Array.Exists(numbers, static n => n >= 0) ? numbers : null;
    }

    /// <summary>Sends a message with one end of a pair of sockets. Returns the other one; null when nobody is there.</summary>
    private static SafeFileHandle? Hand(string message)
    {
        if (!SocketPair.TryCreate(out SafeFileHandle ours, out SafeFileHandle end))
        {
            return null;
        }

        using SafeFileHandle theirs = end;
        if (ServiceManager.Notify(message, (int)theirs.DangerousGetHandle()))
        {
            return ours;
        }

        ours.Dispose();
        return null;
    }

    private static bool IsHungUp(SafeFileHandle end)
    {
        const short POLLHUP = 0x10;
        var entry = new LibC.PollFd { Descriptor = (int)end.DangerousGetHandle() };
        return LibC.Poll(&entry, 1, 0) > 0 && (entry.Returned & POLLHUP) != 0;
    }
}
