using System.Globalization;
using KHeadersFs.Fuse;
using KHeadersFs.Keeping;
using KHeadersFs.Logging;

namespace KHeadersFs.Serving;

/// <summary>
/// -o idle: unmounts what nobody has used for a while; the session then ends by itself. Two things have to agree. The kernel can mark a
/// mount, and every use in this mount namespace takes the mark away: only what still has it one interval later is unmounted
/// (<see cref="IdleLook"/>). And no request may have come for an interval: that covers copies of the mount in other namespaces,
/// and the mounts of those who may not call umount2(2) and ask fusermount3.
/// </summary>
/// <remarks>
/// Without -o idle the kernel keeps names and attributes for ever, and uses them without a word. Here it keeps them for a part of
/// the interval (<see cref="MemoryOf"/>): whoever goes on to open or look at anything sends a request at least that often, in whatever
/// namespace. What is open, mapped or a working directory sends none; but that keeps the kernel from unmounting (EBUSY), also when it is so
/// in a copy that the unmount would reach (fs/pnode.c: propagate_mount_busy).
/// </remarks>
/// <param name="owner">Has the mount looked at; used within <paramref name="exclusively"/> alone.</param>
/// <param name="mount">The mount as it was when it was made.</param>
/// <param name="interval">How long nobody must have used it.</param>
/// <param name="session">Knows when the last request came.</param>
/// <param name="exclusively">Runs a step while nobody else unmounts.</param>
/// <param name="log">Told what was unmounted, and once what cannot be.</param>
internal sealed class IdleWatch(
    ServedMount owner, MountInfo mount, TimeSpan interval, FuseSession session, Action<Action> exclusively, Log log)
{
    private const int StackSize = 256 * 1024;

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

    private void Look()
    {
        KeeperAnswer answer = owner.Do(IsQuiet ? KeeperOrder.LookQuiet : KeeperOrder.Look);
        foreach (string directory in answer.Places)
        {
            Tell(directory);
        }

        // One line, however often it fails.
        if (!_complained && answer.Complaints is [var complaint, ..])
        {
            _complained = true;
            log.Write(LogLevel.Warning, $"-o idle: {complaint}");
        }
    }

    private void Tell(string directory)
    {
        string rest = owner.IsConnected && !MayBeMounted() ? "; its copies in other mount namespaces are served on" : "";
        log.Write(LogLevel.Info, string.Create(
            CultureInfo.InvariantCulture, $"{directory}: unmounted, as nobody had used it for {interval.TotalSeconds} s{rest}"));
    }

    private bool MayBeMounted()
    {
        try
        {
            return MountInfo.IsMounted(mount.Major, mount.Minor);
        }
        catch (IOException)
        {
            return true; // somebody has covered /proc
        }
    }
}
