using KHeadersFs.Archive.Cache;
using KHeadersFs.Archive.Views;

namespace KHeadersFs.Archive.Store;

/// <summary>How a store is built.</summary>
/// <param name="Limits">What the archive may ask for.</param>
/// <param name="Warn">Takes a line, without the archive's name, for each member that is left out.</param>
/// <param name="Cache">Where stores are kept, or null.</param>
/// <param name="Facts">Takes what becomes known of the file; null for nobody.</param>
/// <param name="View">What of the archive gets into the store, for one archive; null for all of it.</param>
/// <param name="UnderWay">Called once, when the first blocks of the store have been written: what only the start needed is not needed any more.</param>
public sealed record BuildOptions(
    ArchiveLimits Limits, Action<string> Warn, StoreCache? Cache = null, ArchiveFacts? Facts = null, ArchiveView? View = null, Action? UnderWay = null)
{
    /// <summary>What of these decides on the contents of the store, as a suffix of a cache key.</summary>
    internal string CacheKeySuffix => Limits.CacheKeySuffix + View?.CacheKeySuffix;
}
