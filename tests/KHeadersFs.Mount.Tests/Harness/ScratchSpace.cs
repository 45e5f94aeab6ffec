using System.Runtime.InteropServices;

namespace KHeadersFs.Mount.Tests;

/// <summary>A tmpfs of our own for everything the tests write: seen by nobody else, gone with the namespace.</summary>
internal static class ScratchSpace
{
    private static readonly Lazy<string> Mounted = new(Mount);

    internal static string Root => Mounted.Value;

    /// <summary>
    /// A path of a file or folder of the checkout that every user can reach: the checkout may lie in a home that others cannot
    /// enter. A bind mount, so nothing is copied.
    /// </summary>
    internal static string Reachable(string path)
    {
        bool isFolder = Directory.Exists(path);
        if (PrivateNamespace.Obstacle is not null || !(isFolder || File.Exists(path)))
        {
            return path;
        }

        string place = Path.Combine(Root, Path.GetFileName(path));
        if (isFolder)
        {
            Directory.CreateDirectory(place);
        }
        else
        {
            File.Create(place).Dispose();
        }

        return Native.mount(path, place, "none", Native.MS_BIND, null) == 0
            ? place
            : throw new InvalidOperationException($"bind {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

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
