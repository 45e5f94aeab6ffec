namespace KHeadersFs.Archive.Tests;

/// <summary>A tar that several readers are given.</summary>
internal sealed record TarCase(string Name, byte[] Tar)
{
    /// <summary>Members between a header that every archive must have and one that shows that nothing behind them is lost.</summary>
    internal static TarCase Of(string name, params byte[][] members) =>
        new(name, [.. RawTar.File("first.h"), .. members.SelectMany(static m => m), .. RawTar.File("last.h"), .. RawTar.End]);

    /// <summary>Members and nothing else, not even an end marker.</summary>
    internal static TarCase Exactly(string name, params byte[][] parts) => new(name, [.. parts.SelectMany(static p => p)]);
}
