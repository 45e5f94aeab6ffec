using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>
/// The service manager's descriptor store (sd_notify(3), FDSTORE=1): it holds what a mount needs while its server is dead, and gives it
/// to the next one (sd_listen_fds(3)).
/// </summary>
internal static class DescriptorStore
{
    private const string Device = "device";
    private const string Store = "store";
    private const string Session = "session";

    /// <summary>What the variables' names begin with that tell of descriptors, to the process whose number LISTEN_PID is.</summary>
    internal const string VariablePrefix = "LISTEN_";

    /// <summary>The first descriptor that a service manager passes: SD_LISTEN_FDS_START.</summary>
    private const int First = 3;

    /// <summary>Has copies kept; false where there is no service manager.</summary>
    internal static bool Keep(FuseDevice device, SafeFileHandle store, SessionJournal journal) =>
        Keep(Store, store) && Keep(Session, journal.Descriptor) && Keep(Device, device);

    /// <summary>Has the copies closed: nothing but this process then holds the connection.</summary>
    internal static void Drop()
    {
        foreach (string name in (string[])[Device, Store, Session])
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

    /// <summary>
    /// FDPOLL=0: a service manager that waited for the device would be woken by each request. It would only learn of the connection's
    /// end, and that ends the service too.
    /// </summary>
    private static bool Keep(string name, SafeHandle descriptor) =>
        ServiceManager.Notify($"FDSTORE=1\nFDPOLL=0\nFDNAME={name}", (int)descriptor.DangerousGetHandle());
}
