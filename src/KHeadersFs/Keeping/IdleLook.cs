using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Mounting;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Keeping;

/// <summary>
/// One look of -o idle at each place of a mount: what still has its mark from the last time is unmounted (<see cref="FuseMount.Expire"/>), and the rest is
/// marked. A user who may not call umount2(2) asks fusermount3.
/// </summary>
/// <remarks>
/// A call by a path could hit another mount, where a user can rename directories on the way. Such a mount must not be marked, for
/// it could then be unmounted too. So before the mark the place is asked for its device; that question is a use, and takes the mark
/// away. One interval later the parent must be the same directory; in there nobody can rename what is mounted on.
/// </remarks>
/// <param name="marks">Those that were set the last time.</param>
internal sealed class IdleLook(IEnumerable<IdleMark> marks)
{
    private List<IdleMark> _marks = [.. marks];

    /// <summary>Those that the last look has set.</summary>
    internal IReadOnlyList<IdleMark> Marks => _marks;

    /// <summary>Looks at each place of the mount by itself, wherever it has been moved or bound to.</summary>
    /// <param name="device">Major and minor number of the mount's st_dev.</param>
    /// <param name="isQuiet">There have been no requests since the last look.</param>
    /// <param name="places">Takes the places that were unmounted.</param>
    /// <param name="complaints">Takes what could not be done.</param>
    internal void Look((uint Major, uint Minor) device, bool isQuiet, List<string> places, List<string> complaints)
    {
        List<IdleMark> earlier = _marks;
        _marks = [];
        foreach (MountInfo place in MountInfo.AllOf(device.Major, device.Minor).Reverse())
        {
            string? complaint = null;
            if (TryUnmount(place, isQuiet, earlier, ref complaint))
            {
                places.Add(place.Directory);
            }
            else if (complaint is not null && MountInfo.AllOf(device.Major, device.Minor).Any(m => m.Id == place.Id))
            {
                // Nothing to say of a place that somebody else has unmounted meanwhile.
                complaints.Add($"cannot unmount {place.Directory} when nobody uses it: {complaint}");
            }
        }
    }

    /// <summary>True when the place has been unmounted; otherwise it is marked, in use, or out of reach.</summary>
    private bool TryUnmount(MountInfo place, bool isQuiet, List<IdleMark> earlier, ref string? complaint)
    {
        using SafeFileHandle parent = LinklessPath.Open(Path.GetDirectoryName(place.Directory) ?? "/");
        string name = Path.GetFileName(place.Directory);
        if (parent.IsInvalid || FileIdentity.TryOf(parent, "") is not { } identity)
        {
            complaint = "its parent cannot be opened";
            return false;
        }

        var mark = new IdleMark(place.Id, identity, name);
        if (isQuiet && earlier.Contains(mark) && FuseMount.Expire(parent, name) == Errno.None)
        {
            return true;
        }

        if (FileIdentity.TryOf(parent, name)?.Device != (((ulong)place.Major << 32) | place.Minor))
        {
            complaint = "another mount stands on it";
            return false;
        }

        switch (FuseMount.Expire(parent, name))
        {
            case Errno.None:
                return true;
            case Errno.EAGAIN:
                _marks.Add(mark);
                return false;
            case Errno.EBUSY:
                return false;
            case Errno.EPERM:
                return isQuiet && TryUnmountAsUser(place.Directory, ref complaint);
            case var errno:
                complaint = $"{Marshal.GetPInvokeErrorMessage((int)errno)} ({errno})";
                return false;
        }
    }

    private static bool TryUnmountAsUser(string directory, ref string? complaint)
    {
        try
        {
            FuserMount.Unmount(directory, lazy: false);
            return true;
        }
        catch (FuseException e)
        {
            complaint = e.Errno == Errno.EBUSY ? null : e.Message;
            return false;
        }
    }
}
