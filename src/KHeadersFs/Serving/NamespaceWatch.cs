using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>
/// Notices that nobody can reach the mount any more. A mount namespace ends with the last process in it, and takes its mounts along;
/// but a server is in the namespace itself and would keep it, unseen, for ever. So it watches for being the last one, as after
/// "unshare -m", in a user namespace, or with -N.
/// </summary>
/// <remarks>
/// Nothing tells when a namespace has lost a process. But one of the others can be waited for (pidfd_open(2), Linux 5.3), and when it
/// has ended, the next one. Who leaves by setns(2) is noticed later, by the clock.
/// </remarks>
internal sealed unsafe class NamespaceWatch(MountInfo mount, Action abandoned)
{
    private const int SYS_pidfd_open = 434;
    private const int StackSize = 256 * 1024;
    private const int Interval = 30_000; // milliseconds

    private static readonly string s_own = $"{Environment.ProcessId}";

    private readonly string? _namespace = LinkOf(s_own);
    private readonly long _began = Beginning();

    /// <summary>Whether the namespace is another than that of process 1, which ends with everything else.</summary>
    internal static bool IsNeeded => LinkOf(s_own) is { } own && !string.Equals(LinkOf("1"), own, StringComparison.Ordinal);

    /// <summary>Starts a thread, if one is needed.</summary>
    internal void Start()
    {
        if (IsNeeded)
        {
            new Thread(Run, StackSize) { Name = "namespace", IsBackground = true }.Start();
        }
    }

    private void Run()
    {
        while (true)
        {
            int? other = FindOther(out bool isReachable);
            if (other is null && !isReachable)
            {
                abandoned();
                return;
            }

            WaitForEnd(other);
        }
    }

    /// <summary>
    /// A process in our namespace that is neither this one nor a child of it; null for none. Without one the mount may still be
    /// reachable: it has been propagated to another namespace, or ours is bound to a file there.
    /// </summary>
    private int? FindOther(out bool isReachable)
    {
        isReachable = false;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string process in PosixDirectory.List("/proc").Where(static n => char.IsAsciiDigit(n[0])))
        {
            string? link = LinkOf(process);
            bool isMember = link is null ? MayBeMember(process) : string.Equals(link, _namespace, StringComparison.Ordinal);
            if (isMember && !string.Equals(process, s_own, StringComparison.Ordinal) && !IsChild(process))
            {
                return int.Parse(process, CultureInfo.InvariantCulture);
            }

            isReachable = isReachable || (link is not null && !isMember && seen.Add(link) && IsReachableIn(process));
        }

        return null;
    }

    private bool IsReachableIn(string process)
    {
        string device = string.Create(CultureInfo.InvariantCulture, $" {mount.Major}:{mount.Minor} ");
        return Read(process, "mountinfo") is { } table
            && (table.Contains(device, StringComparison.Ordinal) || table.Contains($" {_namespace} ", StringComparison.Ordinal));
    }

    /// <summary>
    /// Of a process that we may not look into: it may be in our mount namespace, unless it is outside of our user namespace, for then
    /// the map of its user ids differs from ours; or has come from another mount namespace; or is older than ours.
    /// </summary>
    private bool MayBeMember(string process)
    {
        if (Read(process, "uid_map") is not { } map || !string.Equals(map, Read(s_own, "uid_map"), StringComparison.Ordinal))
        {
            return false;
        }

        string eldest = process;
        long began = -1;
        while (StatOf(eldest) is var (parent, started))
        {
            if (LinkOf(parent) is { } link)
            {
                return string.Equals(link, _namespace, StringComparison.Ordinal);
            }

            (eldest, began) = (parent, started);
        }

        return began >= _began;
    }

    /// <summary>The walker of -o prime.</summary>
    private static bool IsChild(string process) => StatOf(process) is var (parent, _) && string.Equals(parent, s_own, StringComparison.Ordinal);

    /// <summary>
    /// When the first of our ancestors in our mount namespace was started, which has made it or entered it: those that are older are
    /// elsewhere. In clock ticks since the system's start; 0 where it cannot be told.
    /// </summary>
    private static long Beginning()
    {
        string? own = LinkOf(s_own);
        string process = s_own;
        while (StatOf(process) is var (parent, started) && LinkOf(parent) is { } link)
        {
            if (!string.Equals(link, own, StringComparison.Ordinal))
            {
                return started;
            }

            process = parent;
        }

        return 0;
    }

    /// <summary>
    /// The parent and the start (proc_pid_stat(5): fields 4 and 22; field 2 is a name in parentheses). Null for one that has ended and
    /// only waits for its parent to ask (field 3): it is in no namespace any more.
    /// </summary>
    private static (string Parent, long Started)? StatOf(string process)
    {
        string? stat = Read(process, "stat");
        string[] fields = stat is null ? [] : stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields.Length > 19 && fields[0] is not ("Z" or "X") && long.TryParse(fields[19], NumberStyles.None, CultureInfo.InvariantCulture, out long started)
            ? (fields[1], started)
            : null;
    }

    private static string? LinkOf(string process) => LinklessPath.TargetOf($"/proc/{process}/ns/mnt");

    private static string? Read(string process, string file)
    {
        try
        {
            return PosixFile.ReadText($"/proc/{process}/{file}");
        }
        catch (IOException)
        {
            return null; // it has ended, or is none of our business
        }
    }

    private static void WaitForEnd(int? process)
    {
        nint descriptor = process is { } id ? LibC.SystemCall(SYS_pidfd_open, id, 0) : -1;
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        const int ESRCH = 3;
        if (process is not null && descriptor < 0 && Marshal.GetLastPInvokeError() == ESRCH)
        {
            return; // it has ended already
        }

        var entry = new LibC.PollFd { Descriptor = (int)descriptor, Events = LibC.POLLIN };
        _ = LibC.Poll(&entry, 1, Interval);
    }
}
