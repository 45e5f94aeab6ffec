using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// What a server holds, with the process that keeps the right to unmount: their own pages (resident, and their proportional share of them), and the pages of
/// the server's memfds, which neither counts.
/// </summary>
internal readonly record struct ServerMemory(long Resident, long Proportional, long Store)
{
    internal long Total => Proportional + Store;

    internal static ServerMemory Of(int id) =>
        new(ProcFs.StatusBytes(id, "RssAnon", "RssFile", "RssShmem"), Subject.Keepers().Append(id).Sum(ProcFs.ProportionalBytes), StoreBytes([id]));

    /// <summary>The pages of all memfds of some processes, each memfd counted once.</summary>
    internal static long StoreBytes(IEnumerable<int> ids)
    {
        var blocks = new Dictionary<ulong, long>();
        foreach (int id in ids)
        {
            foreach ((int number, string target) in ProcFs.Descriptors(id))
            {
                if (target.StartsWith("/memfd:", StringComparison.Ordinal)
                    && Syscall.stat($"/proc/{id}/fd/{number}", out Stat stat) == 0)
                {
                    blocks[stat.st_ino] = stat.st_blocks * 512;
                }
            }
        }

        return blocks.Values.Sum();
    }

    public override string ToString() =>
        FormattableString.Invariant($"{Total / 1048576.0:F2} MiB ({Proportional / 1048576.0:F2} proportional of {Resident / 1048576.0:F2} resident, {Store / 1048576.0:F2} store)");
}
