using System.Globalization;
using KHeadersFs.Archive;
using KHeadersFs.Archive.Views;

namespace KHeadersFs.Decoding;

/// <summary>What an <see cref="ArchiveDecoder"/> is to do with the descriptor that it is given.</summary>
/// <param name="Task">What it makes of what.</param>
/// <param name="Limits">What the archive may ask for.</param>
/// <param name="View">What of it gets into the store.</param>
/// <param name="IsFollowed">Somebody wants to see how far it has come.</param>
internal sealed record DecoderRequest(DecoderTask Task, ArchiveLimits Limits, ViewKind View, bool IsFollowed)
{
    /// <summary>Which view that is.</summary>
    internal static ViewKind KindOf(ArchiveView? view) => view switch
    {
        UapiView => ViewKind.Uapi,
        KbuildView => ViewKind.Kbuild,
        _ => ViewKind.All,
    };

    /// <summary>As text.</summary>
    internal string ToText() => string.Join(' ', Numbers().Select(static n => n.ToString(CultureInfo.InvariantCulture)));

    /// <summary>From <see cref="ToText"/>.</summary>
    internal static DecoderRequest Parse(string text)
    {
        var numbers = new Queue<long>(text.Split(' ').Select(static n => long.Parse(n, CultureInfo.InvariantCulture)));
        var limits = new ArchiveLimits
        {
            CompressedBytes = numbers.Dequeue(),
            DecodedBytes = numbers.Dequeue(),
            DecoderMemory = (ulong)numbers.Dequeue(),
            IndexMemory = (ulong)numbers.Dequeue(),
            StoreBytes = numbers.Dequeue(),
            Members = (int)numbers.Dequeue(),
            ImpliedDirectories = (int)numbers.Dequeue(),
            TextBytes = numbers.Dequeue(),
            NameBytes = (int)numbers.Dequeue(),
            TargetBytes = (int)numbers.Dequeue(),
            Depth = (int)numbers.Dequeue(),
            PathSteps = (int)numbers.Dequeue(),
            HeaderBytes = (int)numbers.Dequeue(),
            AllHeaderBytes = numbers.Dequeue(),
            LinkSteps = (int)numbers.Dequeue(),
        };
        return new DecoderRequest((DecoderTask)numbers.Dequeue(), limits, (ViewKind)numbers.Dequeue(), numbers.Dequeue() != 0);
    }

    private long[] Numbers() =>
    [
        Limits.CompressedBytes, Limits.DecodedBytes, (long)Limits.DecoderMemory, (long)Limits.IndexMemory, Limits.StoreBytes,
        Limits.Members, Limits.ImpliedDirectories, Limits.TextBytes, Limits.NameBytes, Limits.TargetBytes, Limits.Depth, Limits.PathSteps,
        Limits.HeaderBytes, Limits.AllHeaderBytes, Limits.LinkSteps, (long)Task, (long)View, IsFollowed ? 1 : 0,
    ];
}
