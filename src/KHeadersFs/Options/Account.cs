using System.Globalization;
using KHeadersFs.Interop;

namespace KHeadersFs.Options;

/// <summary>A user of the system, and that user's main group.</summary>
/// <param name="UserId">uid.</param>
/// <param name="GroupId">gid.</param>
internal sealed record Account(uint UserId, uint GroupId)
{
    /// <summary>A user by name or number (getpwnam(3)); a number without an account has the group of the same number.</summary>
    /// <exception cref="ProgramException">There is no such user.</exception>
    internal static unsafe Account OfUser(string option, string value)
    {
        if (TryParseId(value, out uint number))
        {
            LibC.PasswordEntry* known = LibC.GetUser(number);
            return known is null ? new Account(number, number) : new Account(number, known->GroupId);
        }

        LibC.PasswordEntry* entry = LibC.GetUser(value);
        return entry is null
            ? throw new ProgramException(ExitCode.Usage, $"-o {option}={value}: no such user; give a name or a number")
            : new Account(entry->UserId, entry->GroupId);
    }

    /// <summary>A group by name or number (getgrnam(3)).</summary>
    /// <exception cref="ProgramException">There is no such group.</exception>
    internal static unsafe uint OfGroup(string option, string value)
    {
        if (TryParseId(value, out uint number))
        {
            return number;
        }

        LibC.GroupEntry* entry = LibC.GetGroup(value);
        return entry is null
            ? throw new ProgramException(ExitCode.Usage, $"-o {option}={value}: no such group; give a name or a number")
            : entry->GroupId;
    }

    // (uid_t)-1 means "unchanged" to the kernel and is nobody's id.
    private static bool TryParseId(string value, out uint number) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number != uint.MaxValue;
}
