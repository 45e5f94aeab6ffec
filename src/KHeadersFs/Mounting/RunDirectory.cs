using KHeadersFs.Interop;
using KHeadersFs.Posix;

namespace KHeadersFs.Mounting;

/// <summary>
/// Where runs of the program leave word for each other: /run/kheadersfs for root, kheadersfs below $XDG_RUNTIME_DIR for others. Nobody
/// else can write, or lock, anything there. It ends with the system's run.
/// </summary>
internal static class RunDirectory
{
    private const string Name = "kheadersfs";
    private const uint OwnerOnly = 0x1C0; // 0700

    /// <summary>The directory, which is made if need be; null where there is no place for it that others cannot touch.</summary>
    internal static string? TryPrepare()
    {
        uint user = LibC.GetEffectiveUserId();
        string? parent = user == 0 ? "/run" : ProcessText.Variable("XDG_RUNTIME_DIR");
        if (parent is not ['/', ..])
        {
            return null;
        }

        string path = $"{parent}/{Name}";
        _ = PosixDirectory.TryMake(path, OwnerOnly);
        return IsOfAlone(user, parent) && IsOfAlone(user, path) ? path : null;
    }

    private static bool IsOfAlone(uint user, string path) =>
        FileStatus.Of(path, followLink: false) is { Kind: FileStatus.Directory, IsWrittenByOwnerOnly: true } status && status.UserId == user;
}
