using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace KHeadersFs.Mount.Tests;

/// <summary>A command that has ended: its exit code and all it printed.</summary>
internal sealed record ProcessRun(string Command, int ExitCode, string Output, string Error)
{
    private static readonly ConcurrentDictionary<int, bool> s_started = new();

    /// <summary>Runs a command to its end; kills it and fails when it takes longer than <paramref name="limit"/>.</summary>
    internal static ProcessRun Of(
        IReadOnlyList<string> command,
        string? directory = null,
        IReadOnlyDictionary<string, string>? environment = null,
        byte[]? input = null,
        TimeSpan? limit = null)
    {
        string shown = string.Join(' ', command);
        using Process process = Start(command, directory, environment);
        StringBuilder output = Collect(process.StandardOutput, out Thread outputReader);
        StringBuilder error = Collect(process.StandardError, out Thread errorReader);
        Stream standardInput = process.StandardInput.BaseStream;
        var writer = new Thread(() => Feed(standardInput, input)) { IsBackground = true };
        writer.Start();
        if (!process.WaitForExit(limit ?? Deadline.Long))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{shown}: still running after {(limit ?? Deadline.Long).TotalSeconds} s\n{error}");
        }

        // A process left behind that kept our pipes would keep a shell or a service manager waiting in the same way.
        if (!outputReader.Join(Deadline.Short) || !errorReader.Join(Deadline.Short))
        {
            throw new TimeoutException($"{shown}: ended, but something still holds its standard output or error open");
        }

        return new ProcessRun(shown, process.ExitCode, output.ToString(), error.ToString());
    }

    /// <summary>Runs a shell script with positional parameters ($1, $2, ...).</summary>
    internal static ProcessRun Shell(string script, params string[] parameters) =>
        Of(["sh", "-c", script, "sh", .. parameters]);

    /// <summary>Starts a command with all three standard streams as pipes.</summary>
    internal static Process Start(
        IReadOnlyList<string> command, string? directory, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? ScratchSpace.Root,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        s_started[process.Id] = true;
        return process;
    }

    /// <summary>Whether the runtime waits for this child: it ends the tests at once when somebody else has done so.</summary>
    internal static bool HasStarted(int id) => s_started.ContainsKey(id);

    /// <summary>Fails with all that the command printed unless it ended with 0.</summary>
    internal ProcessRun Succeeded()
    {
        Assert.True(ExitCode == 0, $"{Command}: exit code {ExitCode}\n{Error}\n{Output}");
        return this;
    }

    private static StringBuilder Collect(StreamReader reader, out Thread thread)
    {
        var text = new StringBuilder();
        thread = new Thread(() => text.Append(reader.ReadToEnd())) { IsBackground = true };
        thread.Start();
        return text;
    }

    private static void Feed(Stream stream, byte[]? input)
    {
        try
        {
            stream.Write(input ?? []);
            stream.Close();
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException)
        {
            // The command ended without reading all its input: its exit code tells the rest.
        }
    }
}
