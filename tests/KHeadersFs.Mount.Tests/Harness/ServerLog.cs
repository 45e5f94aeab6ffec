namespace KHeadersFs.Mount.Tests;

/// <summary>The lines that a program in the foreground has written to its standard error so far.</summary>
internal sealed class ServerLog
{
    private readonly List<string> _lines = [];
    private readonly Thread _reader;

    internal ServerLog(StreamReader source)
    {
        _reader = new Thread(() =>
        {
            while (source.ReadLine() is { } line)
            {
                lock (_lines)
                {
                    _lines.Add(line);
                }
            }
        })
        { IsBackground = true };
        _reader.Start();
    }

    internal IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    internal IReadOnlyList<string> Statistics => [.. Lines.Where(static line => line.Contains('{', StringComparison.Ordinal))];

    /// <summary>Waits until the program has closed its standard error.</summary>
    internal void WaitForEnd() => Assert.True(_reader.Join(Deadline.Short), "standard error stays open after the end");

    public override string ToString() => string.Join('\n', Lines);
}
