using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>What to do where there is no directory to mount on, by the reason: what doctor says of the same state, for any directory.</summary>
internal static class PlaceAdvice
{
    /// <summary>Where everybody may look, and root may write whatever else is read-only; install.md and the README name it as well.</summary>
    internal const string OtherPlace = "/run/kheaders";

    private const string Variables = "and set BCC_KERNEL_SOURCE and BPFTRACE_KERNEL_SOURCE to it";

    private const int ELOOP = 40;
    private const int EROFS = 30;
    private const int EPERM = 1;

    /// <summary>Of a directory that is not there and is not to be made, or cannot be looked at. To follow its name.</summary>
    /// <param name="settings">What the user asked for.</param>
    /// <param name="place">Where it would be.</param>
    internal static string OfMissing(MountSettings settings, RootedPath place)
    {
        string reason = Marshal.GetPInvokeErrorMessage(place.Error);
        switch (place.Error)
        {
            case PosixException.EACCES:
                return $"there is no right to look at it ({reason}); {Elsewhere(settings)}";
            case PosixException.ENOTDIR or ELOOP:
                return $"leads to no directory ({reason}); give one to mount on";
            case not PosixException.ENOENT:
                return $"cannot be looked at ({reason}); give another one to mount on";
        }

        string name = NameOf(settings, place);
        if (Obstacle(place.Path) is { Error: not 0 } obstacle)
        {
            return $"{name}is not there and cannot be made ({Reason(obstacle)}); {Elsewhere(settings)}";
        }

        return name.Length > 0
            ? $"{name}does not exist; create that directory, or mount with -o mkdir"
            : $"{reason}; create the directory first (mkdir -p), or mount with -o mkdir";
    }

    /// <summary>Of a directory that could not be made. To follow its name.</summary>
    /// <param name="settings">What the user asked for.</param>
    /// <param name="place">Where it would be.</param>
    /// <param name="failure">Which one could not.</param>
    internal static string OfUnmade(MountSettings settings, RootedPath place, MakingFailure failure)
    {
        var obstacle = new MakingFailure(Path.GetDirectoryName(failure.Path) ?? "/", failure.Error);
        return $"{NameOf(settings, place)}cannot be made ({Reason(obstacle)}); "
            + (failure.Error is EROFS or EPERM or PosixException.EACCES ? Elsewhere(settings) : "make it where you may write");
    }

    /// <summary>Where to mount instead: what is read-only or closed stays so.</summary>
    private static string Elsewhere(MountSettings settings) => LibC.GetEffectiveUserId() == 0
        ? $"mount on {OtherPlace} instead (kheadersfs {settings.Source} {OtherPlace} -o mkdir) {Variables}"
        : $"run as root, or mount on a directory of your own (kheadersfs {settings.Source} ~/headers -o mkdir) {Variables}";

    private static string Reason(MakingFailure around) => around.Error switch
    {
        EROFS => $"{around.Path} is read-only",
        EPERM or PosixException.EACCES => $"there is no right to write to {around.Path}",
        _ => Marshal.GetPInvokeErrorMessage(around.Error),
    };

    /// <summary>What the place is really called, if that is not what its user calls it; to be followed by what is wrong.</summary>
    private static string NameOf(MountSettings settings, RootedPath place) => place.IsElsewhere ? $"is a symbolic link to {place.Path}, which "
        : settings.Root is RootDirectory.Own ? ""
        : $"is {place.Path}, which ";

    /// <summary>The innermost directory around a place that is there, and the errno of writing to it, 0 for none.</summary>
    private static unsafe MakingFailure Obstacle(string place)
    {
        const int W_OK = 2, AT_EACCESS = 0x200;
        string parent = place;
        do
        {
            parent = Path.GetDirectoryName(parent) ?? "/";
        }
        while (!PosixDirectory.Exists(parent) && parent is not "/");

        using SafeFileHandle directory = LinklessPath.Open(parent);
        byte* itself = stackalloc byte[] { (byte)'.', 0 };
        return new MakingFailure(parent, !directory.IsInvalid && LibC.AccessAt(directory, itself, W_OK, AT_EACCESS) < 0 ? Marshal.GetLastPInvokeError() : 0);
    }
}
