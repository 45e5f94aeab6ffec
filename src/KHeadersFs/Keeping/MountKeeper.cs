using KHeadersFs.Fuse;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using KHeadersFs.Records;

namespace KHeadersFs.Keeping;

/// <summary>
/// Takes a mount away, and what was made for it. It needs the rights for that and nothing that a server has: neither archive, nor store, nor
/// requests. So it can do its work in another process (<see cref="Keeper"/>).
/// </summary>
/// <param name="remains">What there is to take away.</param>
/// <param name="record">What others have to know of it should its process be killed; null where nothing can be kept.</param>
internal sealed class MountKeeper(MountRemains remains, MountRecord? record)
{
    private readonly IdleLook _idle = new(remains.Marks);
    private readonly List<string> _places = [.. remains.Places];

    /// <summary>What there is to take away by now.</summary>
    internal MountRemains Remains => remains with { Places = _places, Marks = _idle.Marks };

    /// <summary>Carries out an order.</summary>
    internal KeeperAnswer Do(KeeperOrder order)
    {
        var places = new List<string>();
        var complaints = new List<string>();
        try
        {
            if (remains.Device is { } device)
            {
                switch (order)
                {
                    case KeeperOrder.Look or KeeperOrder.LookQuiet:
                        _idle.Look(device, isQuiet: order is KeeperOrder.LookQuiet, places, complaints);
                        break;
                    default:
                        Detach(device, deadOnly: order is KeeperOrder.EndDead, places, complaints);
                        break;
                }
            }
        }
        catch (IOException e)
        {
            complaints.Add(e.Message); // of the mount table
        }

        _places.AddRange(places);
        if (order is KeeperOrder.End or KeeperOrder.EndDead)
        {
            MountRecord.Release(record, remains.Created, _places);
            _ = remains.PidFile.Length > 0 && PosixFile.TryDelete(remains.PidFile);
        }

        return new KeeperAnswer(places, complaints);
    }

    /// <summary>
    /// Detaches it wherever it is in this mount namespace: moved, below a directory of another name by now, or bound to further places. When the
    /// connection has ended, the number may be another mount's by now; that one answers.
    /// </summary>
    private static void Detach((uint Major, uint Minor) device, bool deadOnly, List<string> places, List<string> complaints)
    {
        foreach (MountInfo mount in MountInfo.AllOf(device.Major, device.Minor).Reverse().Where(ExistingMount.IsOfProgram))
        {
            try
            {
                using var root = MountRoot.Open(mount);
                if (!deadOnly || root.IsDead())
                {
                    root.Detach();
                    places.Add(mount.Directory);
                }
            }
            catch (Exception e) when (e is FuseException or ProgramException)
            {
                complaints.Add(e.Message);
            }
        }
    }
}
