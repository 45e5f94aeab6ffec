using System.Diagnostics;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Writes an archive piece by piece, each an .xz stream, gzip member or zstd frame of its own (a file of several is one archive): what is
/// decoded is never held anywhere, and a piece that comes a thousand times is compressed once.
/// </summary>
internal sealed class BombWriter(string path, string compressor) : IDisposable
{
    // What is tested is what the archive asks of a reader, which is a dictionary of 8 MiB as of "xz -6". To pack it well takes
    // the time of the test and changes nothing.
    private const string Usual = "-6";
    private static readonly string[] s_quick = ["--lzma2=preset=0,dict=8MiB"];

    private readonly FileStream _archive = File.Create(path);

    /// <summary>Members so far: what the memory of a mount may grow with.</summary>
    internal int Members { get; set; }

    /// <summary>Writes a piece of the tar.</summary>
    internal void Write(Action<Stream> tar, string preset = Usual) => _archive.Write(Compress(tar, preset));

    internal void Write(params ReadOnlySpan<byte[]> parts)
    {
        byte[] all = [.. parts.ToArray().SelectMany(static p => p)];
        Write(tar => tar.Write(all));
    }

    /// <summary>Writes a piece so many times.</summary>
    internal void Repeat(byte[] piece, int count)
    {
        byte[] stream = Compress(tar => tar.Write(piece), Usual);
        for (int i = 0; i < count; i++)
        {
            _archive.Write(stream);
        }
    }

    public void Dispose() => _archive.Dispose();

    private byte[] Compress(Action<Stream> tar, string preset)
    {
        using Process program = ProcessRun.Start(
            [compressor, "-c", .. compressor is "xz" && preset is Usual ? s_quick : [preset]], directory: null, environment: null);
        using var compressed = new MemoryStream();
        var reader = new Thread(() => program.StandardOutput.BaseStream.CopyTo(compressed));
        reader.Start();
        using (var input = new BufferedStream(program.StandardInput.BaseStream, 1 << 20))
        {
            tar(input);
        }

        reader.Join();
        program.WaitForExit();
        Assert.Equal(0, program.ExitCode);
        return compressed.ToArray();
    }
}
