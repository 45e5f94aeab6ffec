using System.Runtime.InteropServices;

namespace KHeadersFs.Mount.Tests;

/// <summary>Hides a file or a directory of the system, in this namespace only, until disposed.</summary>
internal sealed class Cover : IDisposable
{
    private readonly string _path;

    private Cover(string path, int result)
    {
        _path = path;
        TestRun.SkipUnless(result == 0, $"{path} cannot be covered: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>An empty directory of our own over <paramref name="directory"/>.</summary>
    internal static Cover Empty(string directory) =>
        new(directory, Native.mount("tests", directory, "tmpfs", Native.MS_NOSUID, "mode=755"));

    /// <summary><paramref name="source"/>, whatever it is, in the place of <paramref name="path"/>.</summary>
    internal static Cover By(string source, string path) =>
        new(path, Native.mount(source, path, null, Native.MS_BIND, null));

    public void Dispose() => _ = Native.umount2(_path, Native.MNT_DETACH);
}
