using System.Globalization;
using KHeadersFs.Fuse;
using KHeadersFs.Keeping;
using KHeadersFs.Logging;

namespace KHeadersFs.Serving;

/// <summary>
/// -o idle: has the mount looked at once in a while (<see cref="IdleLook"/>) and unmounted when nobody has used it; the session then ends by itself.
/// </summary>
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
        KeeperAnswer answer = owner.Do(session.Quiet >= interval ? KeeperOrder.LookQuiet : KeeperOrder.Look);
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
        string rest = owner.IsConnected && !MountInfo.IsMounted(mount.Major, mount.Minor)
            ? "; its copies in other mount namespaces are served on"
            : "";
        log.Write(LogLevel.Info, string.Create(
            CultureInfo.InvariantCulture, $"{directory}: unmounted, as nobody had used it for {interval.TotalSeconds} s{rest}"));
    }
}
