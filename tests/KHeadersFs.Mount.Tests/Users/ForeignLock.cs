using System.Diagnostics;

namespace KHeadersFs.Mount.Tests;

/// <summary>A lock (flock(2)) that an ordinary user holds on something that all can read, until disposed.</summary>
internal sealed class ForeignLock : IDisposable
{
    private readonly Process _holder;

    internal ForeignLock(string path)
    {
        _holder = ProcessRun.Start([.. OrdinaryUser.Prefix, "flock", path, "sh", "-c", "echo held; cat"], directory: null, environment: null);
        Deadline.Within(Deadline.Short, () => Assert.Equal("held", _holder.StandardOutput.ReadLine()));
    }

    public void Dispose()
    {
        _holder.StandardInput.Close();
        Assert.True(_holder.WaitForExit(Deadline.Short), "the holder of a lock does not end");
        _holder.Dispose();
    }
}
