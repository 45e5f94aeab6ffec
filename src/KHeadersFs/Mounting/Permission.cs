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
        if (Read(out string? obstacle))
        {
            return true;
        }

        string reason = obstacle is null
            ? $"lacks the line {Line}; ask the administrator to add it"
            : $"cannot be read ({obstacle}), and fusermount3 reads it as this user too; ask the administrator to let everybody read it";
        throw new ProgramException(ExitCode.System, $"-o {option}: {FuseConf} {reason}, or mount without {option}");
    }

    /// <summary>Whether ordinary users may let others in, as far as this user can see.</summary>
    internal static bool OthersAreAllowed => Read(out _);

    /// <summary>Whether the line is in the file.</summary>
    /// <param name="obstacle">Why the file cannot be read; null where it can be, or is not there.</param>
    private static bool Read(out string? obstacle)
    {
        obstacle = null;
        try
        {
            return Array.Exists(PosixFile.ReadLines(FuseConf), static l => l.Trim() is Line);
        }
        catch (PosixException e)
        {
            obstacle = e.Errno is PosixException.ENOENT ? null : e.Reason;
            return false;
        }
    }
}
