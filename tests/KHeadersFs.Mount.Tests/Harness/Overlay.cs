using System.Runtime.InteropServices;
using Mono.Unix;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// A layer over a directory of the system: what is changed there is changed in this namespace only, until disposed.
/// </summary>
internal sealed class Overlay : IDisposable
{
    private readonly string _directory;

    internal Overlay(Scratch scratch, string directory)
    {
        _directory = UnixPath.GetCompleteRealPath(directory);
        string layer = scratch.In("layer-" + _directory.Trim('/').Replace('/', '-'));
        string upper = Directory.CreateDirectory(Path.Combine(layer, "upper")).FullName;
        string work = Directory.CreateDirectory(Path.Combine(layer, "work")).FullName;
        string data = $"lowerdir={_directory},upperdir={upper},workdir={work}";
        TestRun.SkipUnless(
            Native.mount("overlay", _directory, "overlay", 0, data) == 0,
            $"no overlay on {_directory}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    internal string In(string name) => Path.Combine(_directory, name);

    public void Dispose() => _ = Native.umount2(_directory, Native.MNT_DETACH);
}
