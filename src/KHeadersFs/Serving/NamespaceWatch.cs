using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>
/// Notices that nobody can reach the mount any more. A mount namespace ends with the last process in it, and takes its mounts along;
/// but a server is in the namespace itself and would keep it, unseen, for ever. So it looks for another process whose mount table has the
/// mount, as after "unshare -m", in a user namespace, or with -N.
/// </summary>
/// <remarks>
/// <para>
/// Any process may read any other's mount table (fs/proc_namespace.c: mounts_open_common asks for no right), so this needs none. What cannot be seen
/// is not what is not there: only if every process can be seen, and none of them has the mount, is it proved that nobody has.
/// </para>
/// <para>
/// Nothing reports that a namespace has lost a process. But a process can be waited for (pidfd_open(2), Linux 5.3), and when it has ended, the next
/// one is looked for. A process that leaves by setns(2) is noticed later, by the clock.
/// </para>
/// </remarks>
/// <param name="mount">The mount.</param>
/// <param name="abandoned">Called once, when nobody can reach it.</param>
internal sealed unsafe class NamespaceWatch(MountInfo mount, Action abandoned)
{
    private const int SYS_pidfd_open = 434;
    private const int StackSize = 256 * 1024;
    private const int Interval = 30_000; // milliseconds
    private const int ENOENT = 2;

    /// <summary>The process whose end is that of all others, and of this one.</summary>
    private const string First = "1";
    private const string Self = "/proc/self";

    private readonly string _device = string.Create(CultureInfo.InvariantCulture, $" {mount.Major}:{mount.Minor} ");

    /// <summary>Starts a thread, unless process 1 can reach the mount, or cannot be seen: then nothing will ever be proved.</summary>
    internal void Start()
    {
        if (Reaches(First) is false)
        {
            new Thread(Run, StackSize) { Name = "namespace", IsBackground = true }.Start();
        }
    }

    private void Run()
    {
        string? witness = null;
        while (!IsAbandoned(ref witness))
        {
            WaitForEnd(witness);
        }

        abandoned();
    }

    /// <summary>Whether it is proved that nobody can reach the mount.</summary>
    /// <param name="witness">A process that could the last time; becomes one that can now, or null.</param>
    private bool IsAbandoned(ref string? witness)
    {
        string? own = PosixFile.ReadLink(Self);
        if (own is not null && witness is not null && !IsOwn(witness, own) && Reaches(witness) is true)
        {
            return false;
        }

        witness = null;
        IReadOnlyList<string> all = PosixDirectory.List("/proc");
        if (own is null || !all.Contains(own, StringComparer.Ordinal) || !all.Contains(First, StringComparer.Ordinal) || IsHiding())
        {
            return false;
        }

        bool isProved = true;
        foreach (string process in all.Where(static n => char.IsAsciiDigit(n[0])))
        {
            bool? reaches = IsOwn(process, own) ? false : Reaches(process);
            if (reaches is true)
            {
                witness = process;
                return false;
            }

            isProved = isProved && reaches is false;
        }

        // Whoever covers /proc meanwhile makes all processes look as if they had ended.
        return isProved && string.Equals(PosixFile.ReadLink(Self), own, StringComparison.Ordinal) && !IsHiding();
    }

    /// <summary>Whether a process has the mount in its table; null where that cannot be told. A process that has ended has none.</summary>
    private bool? Reaches(string process) =>
        Read(process, "mountinfo") is { Length: > 0 } table ? table.Contains(_device, StringComparison.Ordinal)
        : HasEnded(process) ? false
        : null;

    /// <summary>
    /// Whether a process is this server, what it has started, or another server of the program: a mount that only servers can reach is used by nobody.
    /// </summary>
    private static bool IsOwn(string process, string own) =>
        string.Equals(process, own, StringComparison.Ordinal)
        || (StatOf(process) is var (name, parent, _) && (string.Equals(parent, own, StringComparison.Ordinal) || name is Server.ProcessName or Keeping.Keeper.Name));

    /// <summary>Whether it is gone, or only waits for its parent to ask how it has ended (a zombie). Its first thread may have ended before others.</summary>
    private static bool HasEnded(string process) => StatOf(process) is var (_, _, state)
        ? state is "X" || (state is "Z" && PosixDirectory.List($"/proc/{process}/task").Count(static n => char.IsAsciiDigit(n[0])) == 1)
        : FileStatus.Of($"/proc/{process}") is null && Marshal.GetLastPInvokeError() == ENOENT;

    /// <summary>Whether this /proc hides processes of other users (proc(5), hidepid=), or may, as it cannot be read.</summary>
    private static bool IsHiding()
    {
        try
        {
            return MountInfo.Find("/proc") is not { } proc || proc.SuperOptions.Contains("hidepid", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>proc_pid_stat(5): field 2, a name in parentheses, fields 4 and 3. Null where it cannot be read.</summary>
    private static (string Name, string Parent, string State)? StatOf(string process)
    {
        string? stat = Read(process, "stat");
        int open = stat?.IndexOf('(', StringComparison.Ordinal) ?? -1;
        int close = stat?.LastIndexOf(')') ?? -1;
        return open >= 0 && close > open && stat![(close + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var state, var parent, ..]
            ? (stat[(open + 1)..close], parent, state)
            : null;
    }

    private static string? Read(string process, string file)
    {
        try
        {
            return PosixFile.ReadText($"/proc/{process}/{file}");
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void WaitForEnd(string? process)
    {
        nint descriptor = process is null ? -1 : LibC.SystemCall(SYS_pidfd_open, int.Parse(process, CultureInfo.InvariantCulture), 0);
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
