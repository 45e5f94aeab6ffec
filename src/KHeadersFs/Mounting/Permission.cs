using KHeadersFs.Interop;
using KHeadersFs.Options;
using KHeadersFs.Posix;

namespace KHeadersFs.Mounting;

/// <summary>Whether an ordinary user may let others in: the administrator's choice in /etc/fuse.conf.</summary>
internal static class Permission
{
    /// <summary>Where the administrator of FUSE says what is allowed (mount.fuse3(8)).</summary>
    internal const string FuseConf = "/etc/fuse.conf";

    /// <summary>The line in it.</summary>
    internal const string Line = "user_allow_other";

    /// <summary>True when allow_other is to be set.</summary>
    /// <exception cref="ProgramException">It was asked for, and /etc/fuse.conf does not allow it.</exception>
    internal static bool AllowsOther(MountSettings settings)
    {
        if (LibC.GetEffectiveUserId() == 0 || !(settings.AllowOther || settings.AllowRoot))
        {
            return settings.AllowOther;
        }

        string option = settings.AllowOther ? "allow_other" : "allow_root";
        return Read() is not false // where it cannot be read, fusermount3 can, and says no
            ? true
            : throw new ProgramException(
                ExitCode.System,
                $"-o {option}: {FuseConf} lacks the line {Line}; ask the administrator to add it, or mount without {option}");
    }

    /// <summary>Whether ordinary users may let others in, as far as this user can see.</summary>
    internal static bool OthersAreAllowed => Read() is true;

    /// <summary>Null where the file cannot be read: in some distributions only root and a group may.</summary>
    private static bool? Read()
    {
        try
        {
            return Array.Exists(PosixFile.ReadLines(FuseConf), static l => l.Trim() is Line);
        }
        catch (PosixException e)
        {
            return e.Errno is PosixException.ENOENT ? false : null;
        }
    }
}
