using KHeadersFs.Interop;
using KHeadersFs.Options;
using KHeadersFs.Posix;

namespace KHeadersFs.Mounting;

/// <summary>Whether an ordinary user may let others in: the administrator's choice in /etc/fuse.conf.</summary>
internal static class Permission
{
    private const string FuseConf = "/etc/fuse.conf";
    private const string Line = "user_allow_other";

    /// <summary>True when allow_other is to be set.</summary>
    /// <exception cref="ProgramException">It was asked for, and /etc/fuse.conf does not allow it.</exception>
    internal static bool AllowsOther(MountSettings settings)
    {
        if (LibC.GetEffectiveUserId() == 0 || !(settings.AllowOther || settings.AllowRoot))
        {
            return settings.AllowOther;
        }

        string option = settings.AllowOther ? "allow_other" : "allow_root";
        return IsAllowed()
            ? true
            : throw new ProgramException(
                ExitCode.System,
                $"-o {option}: {FuseConf} lacks the line {Line}; ask the administrator to add it, or mount without {option}");
    }

    private static bool IsAllowed()
    {
        try
        {
            return Array.Exists(PosixFile.ReadLines(FuseConf), static l => l.Trim() is Line);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
