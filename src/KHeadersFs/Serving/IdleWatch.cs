using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Logging;
using KHeadersFs.Mounting;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>
/// -o idle: unmounts what nobody has used for a while; the session then ends by itself. Two things have to agree. The kernel can mark a
/// mount, and every use in this mount namespace takes the mark away: only what still has it one interval later is unmounted
/// (<see cref="FuseMount.Expire"/>). And no request may have come for an interval: that covers copies of the mount in other namespaces,
/// and the mounts of those who may not call umount2(2) and ask fusermount3.
/// </summary>
/// <remarks>
/// Without -o idle the kernel keeps names and attributes for ever, and uses them without a word. Here it keeps them for a part of
/// the interval (<see cref="MemoryOf"/>): whoever goes on to open or look at anything sends a request at least that often, in whatever
/// namespace. What is open, mapped or a working directory sends none; but that keeps the kernel from unmounting (EBUSY), also when it is so
/// in a copy that the unmount would reach (fs/pnode.c: propagate_mount_busy).
/// <para>
/// A call by a path could hit another mount, where a user can rename directories on the way. Such a mount must not be marked, for
/// it could then be unmounted too. So before the mark the place is asked for its device; that question is a use, and takes the mark
/// away. One interval later the parent must be the same directory; in there nobody can rename what is mounted on.
/// </para>
/// </remarks>
/// <param name="owner">Told of each place that is left; used within <paramref name="exclusively"/> alone.</param>
/// <param name="mount">The mount as it was when it was made.</param>
/// <param name="interval">How long nobody must have used it.</param>
/// <param name="session">Knows when the last request came.</param>
/// <param name="exclusively">Runs a step with the privileges that there are, while nobody else unmounts.</param>
/// <param name="log">Told what was unmounted, and once what cannot be.</param>
internal sealed class IdleWatch(
    ServedMount owner, MountInfo mount, TimeSpan interval, FuseSession session, Action<Action> exclusively, Log log)
{
    private const int StackSize = 256 * 1024;

    /// <summary>strerror(EBUSY): what fusermount3 says of a mount in use. It never leaves the C locale.</summary>
    private const string Busy = "Device or resource busy";

    private Dictionary<int, Mark> _marks = []; // by mount id
    private bool _complained;

    /// <summary>Starts a thread, which ends with the process.</summary>
    internal void Start() => new Thread(Run, StackSize) { Name = "idle", IsBackground = true }.Start();

    /// <summary>
    /// For how long the kernel may answer without a request. A shorter time shows a use sooner, a longer one costs fewer requests: a
    /// compile that never ends asks again for each of its about 1,000 names once in this time (docs/decisions.md).
    /// </summary>
    /// <param name="interval">Of -o idle.</param>
    internal static TimeSpan MemoryOf(TimeSpan interval) => interval / 8;

    /// <summary>What was used for the last time just before the kernel would have asked was used a memory later than its request.</summary>
    private bool IsQuiet => session.SinceLastRequest >= interval + MemoryOf(interval);

    private void Run()
    {
        while (true)
        {
            Thread.Sleep(interval);
            exclusively(Look);
        }
    }

    /// <summary>Looks at each place of the mount by itself, wherever it has been moved or bound to.</summary>
    private void Look()
    {
        Dictionary<int, Mark> earlier = _marks;
        _marks = [];
        try
        {
            foreach (MountInfo place in MountInfo.AllOf(mount.Major, mount.Minor).Reverse())
            {
                if (TryUnmount(place, earlier))
                {
                    owner.Leave(place.Directory);
                    Tell(place.Directory);
                }
            }
        }
        catch (IOException e)
        {
            Complain(e.Message); // of the mount table
        }
    }

    /// <summary>True when the place has been unmounted; otherwise it is marked, in use, or out of reach.</summary>
    private bool TryUnmount(MountInfo place, Dictionary<int, Mark> earlier)
    {
        using SafeFileHandle parent = LinklessPath.Open(Path.GetDirectoryName(place.Directory) ?? "/");
        string name = Path.GetFileName(place.Directory);
        if (parent.IsInvalid || FileIdentity.TryOf(parent, "") is not { } identity)
        {
            return Complain(place, "its parent cannot be opened");
        }

        var mark = new Mark(identity, name);
        if (IsQuiet && earlier.TryGetValue(place.Id, out Mark last) && last == mark && FuseMount.Expire(parent, name) == Errno.None)
        {
            return true;
        }

        if (FileIdentity.TryOf(parent, name)?.Device != (((ulong)mount.Major << 32) | mount.Minor))
        {
            return Complain(place, "another mount stands on it");
        }

        switch (FuseMount.Expire(parent, name))
        {
            case Errno.None:
                return true;
            case Errno.EAGAIN:
                _marks[place.Id] = mark;
                return false;
            case Errno.EBUSY:
                return false;
            case Errno.EPERM:
                return IsQuiet && TryUnmountAsUser(place.Directory);
            case var errno:
                return Complain(place, $"{Marshal.GetPInvokeErrorMessage((int)errno)} ({errno})");
        }
    }

    private void Tell(string directory)
    {
        string rest = owner.IsConnected && !MountInfo.IsMounted(mount.Major, mount.Minor)
            ? "; its copies in other mount namespaces are served on"
            : "";
        log.Write(LogLevel.Info, string.Create(
            CultureInfo.InvariantCulture, $"{directory}: unmounted, as nobody had used it for {interval.TotalSeconds} s{rest}"));
    }

    private bool TryUnmountAsUser(string directory)
    {
        try
        {
            FuserMount.Unmount(directory, lazy: false);
            return true;
        }
        catch (FuseException e)
        {
            return !e.Message.Contains(Busy, StringComparison.Ordinal) && Complain(e.Message);
        }
    }

    /// <summary>Nothing to say of a place that somebody else has unmounted meanwhile.</summary>
    private bool Complain(MountInfo place, string reason) =>
        MountInfo.AllOf(mount.Major, mount.Minor).Any(m => m.Id == place.Id)
        && Complain($"cannot unmount {place.Directory} when nobody uses it: {reason}");

    /// <summary>One line, however often it fails. Always false.</summary>
    private bool Complain(string message)
    {
        if (!_complained)
        {
            _complained = true;
            log.Write(LogLevel.Warning, $"-o idle: {message}");
        }

        return false;
    }

    /// <summary>Where the kernel was asked to mark the mount.</summary>
    private readonly record struct Mark(FileIdentity Parent, string Name);
}
