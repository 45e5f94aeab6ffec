using System.Runtime.InteropServices;

namespace KHeadersFs.Mount.Tests;

/// <summary>A tmpfs of our own for everything the tests write: seen by nobody else, gone with the namespace.</summary>
internal static class ScratchSpace
{
    private static readonly Lazy<string> Mounted = new(Mount);

    internal static string Root => Mounted.Value;

    internal static void Remove()
    {
        if (Mounted.IsValueCreated)
        {
            _ = Native.umount2(Root, Native.MNT_DETACH);
            Directory.Delete(Root, recursive: PrivateNamespace.Obstacle is not null);
        }
    }

    private static string Mount()
    {
        string root = Directory.CreateTempSubdirectory("kheadersfs-tests-").FullName;
        if (PrivateNamespace.Obstacle is null && Native.mount("tests", root, "tmpfs", Native.MS_NOSUID, "mode=755") != 0)
        {
            throw new InvalidOperationException($"tmpfs on {root}: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        return root;
    }
}
