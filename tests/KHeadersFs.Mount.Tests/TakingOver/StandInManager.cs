using System.Diagnostics;
using System.Globalization;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>The stand-in for a service manager, service-manager.py, which says what it can be told.</summary>
internal sealed class StandInManager : IDisposable
{
    private readonly Process _process;
    private readonly string _directory;

    internal StandInManager(MountSite site, string directory, params string[] options)
    {
        _directory = directory;
        string script = Path.Combine(Subject.RepositoryRoot(), "tests", "KHeadersFs.Mount.Tests", "TakingOver", "service-manager.py");
        _process = ProcessRun.Start(
            ["python3", script, site.Scratch.In("notify"), .. Command(options)], site.Scratch.Work, site.Scratch.Environment);
        Log = new ServerLog(_process.StandardError);
    }

    /// <summary>What the servers have said, and what the manager itself complained of.</summary>
    internal ServerLog Log { get; }

    /// <summary>The process that serves.</summary>
    internal int Service { get; private set; }

    /// <summary>Tells it something; the words of its answer.</summary>
    internal string[] Tell(string command)
    {
        string? answer = null;
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
        Deadline.Within(Deadline.Long, () => answer = _process.StandardOutput.ReadLine());
        string[] words = (answer ?? throw new InvalidOperationException($"'{command}': no answer\n{Log}")).Split(' ');
        Service = words[0] is "ready" ? int.Parse(words[1], CultureInfo.InvariantCulture) : Service;
        return words;
    }

    /// <summary>Has the service started from now on with these options.</summary>
    internal void ChangeOptions(params string[] options) => Tell($"command {string.Join(' ', Command(options))}");

    /// <summary>What the server says of itself.</summary>
    internal ServerStatistics Statistics()
    {
        int before = Log.Statistics.Count;
        Assert.Equal(0, Syscall.kill(Service, Signum.SIGUSR1));
        Deadline.Until(() => Log.Statistics.Count > before, $"an answer to SIGUSR1\n{Log}");
        return ServerStatistics.Parse(Log.Statistics[before]);
    }

    /// <summary>Waits until so many lines have these words; more fail.</summary>
    internal void AssertSaid(int lines, string words)
    {
        Deadline.Until(() => Count(words) >= lines, $"{lines} times '{words}'\n{Log}");
        Assert.Equal(lines, Count(words));
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private int Count(string words) => Log.Lines.Count(line => Message.Has(line, words));

    private IEnumerable<string> Command(string[] options) => [Subject.Path, "-f", .. options, Archives.Real, _directory];
}
