using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Logging;
using KHeadersFs.Mounting;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>
/// -o idle: unmounts what nobody has used for a while; the session then ends by itself. Requests alone do not tell, for the kernel answers
/// most of what is asked from its caches. But it can mark a mount, and every use takes the mark away: what still has it one interval
/// later is unmounted (<see cref="FuseMount.Expire"/>). Who may not call umount2(2) asks fusermount3, by the requests.
/// </summary>
/// <remarks>
/// A call by a path could hit another mount, where a user can rename directories on the way. Such a mount must not be marked, for
/// it could then be unmounted too. So before the mark the place is asked for its device; that question is a use, and takes the mark
/// away. One interval later the parent must be the same directory; in there nobody can rename what is mounted on.
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

    private Dictionary<int, Mark> _marks = []; // by mount id
    private bool _complained;

    /// <summary>Starts a thread, which ends with the process.</summary>
    internal void Start() => new Thread(Run, StackSize) { Name = "idle", IsBackground = true }.Start();

    private bool IsQuiet => session.Quiet >= interval;

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
            return e.Errno != Errno.EBUSY && Complain(e.Message);
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
