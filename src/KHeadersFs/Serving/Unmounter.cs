using KHeadersFs.Fuse;

namespace KHeadersFs.Serving;

/// <summary>Unmounts by whichever way the caller may use.</summary>
internal static class Unmounter
{
    /// <summary>Unmounts <paramref name="directory"/>: umount2(2), or fusermount3 for those who may not call it.</summary>
    /// <exception cref="FuseException">It is in use and not <paramref name="lazy"/>, or not the caller's.</exception>
    internal static void Unmount(string directory, bool lazy)
    {
        try
        {
            FuseMount.Unmount(directory, lazy);
        }
        catch (FuseException e) when (e.Errno == Errno.EPERM)
        {
            FuserMount.Unmount(directory, lazy);
        }
    }
}
