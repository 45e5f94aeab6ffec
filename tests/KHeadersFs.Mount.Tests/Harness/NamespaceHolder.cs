using System.Diagnostics;

namespace KHeadersFs.Mount.Tests;

/// <summary>A process in a mount namespace of its own, which lives until this is disposed.</summary>
internal sealed class NamespaceHolder : IDisposable
{
    private readonly Process _process;

    private NamespaceHolder(Process process) => _process = process;

    /// <summary>Its process id.</summary>
    internal int Id => _process.Id;

    /// <summary>Starts a command (unshare and its options) with a shell that says that it is there, and waits for the end.</summary>
    internal static NamespaceHolder Start(params string[] command) => Run(string.Empty, command, []);

    /// <summary>The shell first runs a script with parameters ($1, $2, ...), which must succeed.</summary>
    internal static NamespaceHolder Run(string script, string[] command, string[] parameters)
    {
        string whole = $"set -e\n{script}\necho ready\nread -r end || :";
        Process process = ProcessRun.Start([.. command, "sh", "-c", whole, "sh", .. parameters], null, null);
        if (process.StandardOutput.ReadLine() is not "ready")
        {
            throw new InvalidOperationException($"{string.Join(' ', command)}: {process.StandardError.ReadToEnd()}");
        }

        return new NamespaceHolder(process);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            Assert.True(_process.WaitForExit(Deadline.Short), "a shell does not end");
        }
    }
}
