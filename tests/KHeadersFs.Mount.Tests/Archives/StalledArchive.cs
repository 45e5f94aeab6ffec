namespace KHeadersFs.Mount.Tests;

/// <summary>A named pipe into which a part of an archive is written, and no end: its reader waits for more.</summary>
internal sealed class StalledArchive : IDisposable
{
    private readonly FileStream _pipe;
    private readonly Thread _writer;

    internal StalledArchive(Scratch scratch, ReadOnlyMemory<byte> content, bool ends = false)
    {
        Path = scratch.In("pipe");
        ProcessRun.Of(["mkfifo", Path]).Succeeded();

        // For reading too (fifo(7)): opening does not wait for the program, and a program that gives up makes no SIGPIPE.
        _pipe = new FileStream(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        _writer = new Thread(() =>
        {
            try
            {
                _pipe.Write(content.Span);
                if (ends)
                {
                    _pipe.Dispose();
                }
            }
            catch (Exception closed) when (closed is IOException or ObjectDisposedException)
            {
                // The test is over.
            }
        })
        { IsBackground = true };
        _writer.Start();
    }

    internal string Path { get; }

    /// <summary>Whether the reader has taken all but what a pipe holds.</summary>
    internal bool IsRead => !_writer.IsAlive;

    /// <summary>Waits until the reader has taken all but what a pipe holds (64 KiB, pipe(7)).</summary>
    internal void WaitUntilRead() => Assert.True(_writer.Join(Deadline.Short), "the program does not read the pipe");

    public void Dispose() => _pipe.Dispose();
}
