using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>Reads an open file again and again, past the page cache: each round is a request to the server.</summary>
internal sealed class SteadyReader : IDisposable
{
    private readonly OpenFile _file;
    private readonly SteadyWork _work;

    internal SteadyReader(string path, byte[] expected)
    {
        _file = new OpenFile(path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECT);
        _work = new SteadyWork(() => Assert.Equal(expected, _file.Read(0, expected.Length)));
    }

    /// <summary>Waits until a round has begun and ended.</summary>
    internal void AwaitRound() => _work.AwaitRound();

    /// <summary>Ends it; how many rounds there were.</summary>
    internal int Stop() => _work.Stop();

    public void Dispose()
    {
        _work.Dispose();
        _file.Dispose();
    }
}
