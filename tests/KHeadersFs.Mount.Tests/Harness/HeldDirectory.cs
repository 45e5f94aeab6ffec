using System.Diagnostics;

namespace KHeadersFs.Mount.Tests;

/// <summary>A process that has a directory open, until disposed: a use of a mount there, of which its server is asked nothing (O_PATH).</summary>
internal sealed class HeldDirectory : IDisposable
{
    private const string Script = """
        import os, sys
        held = os.open(sys.argv[1], os.O_PATH)
        print("held", flush=True)
        sys.stdin.read()
        """;

    private readonly Process _process;

    internal HeldDirectory(MountSite site, string directory)
    {
        _process = ProcessRun.Start(["python3", "-c", Script, directory], site.Scratch.Work, site.Scratch.Environment);
        Deadline.Within(Deadline.Short, () => Assert.Equal("held", _process.StandardOutput.ReadLine()));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        Assert.True(_process.WaitForExit(Deadline.Short), "the holder of a directory does not end");
        _process.Dispose();
    }
}
