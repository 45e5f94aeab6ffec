using System.Globalization;
using KHeadersFs.Posix;

namespace KHeadersFs.Options;

/// <summary>
/// A user of the system, and that user's main group. Names are those of /etc/passwd and /etc/group and of no other service: in a static
/// program getpwnam(3) loads modules of whatever C library is installed, and crashes when that is another version than the linked one.
/// </summary>
/// <param name="UserId">uid.</param>
/// <param name="GroupId">gid.</param>
internal sealed record Account(uint UserId, uint GroupId)
{
    private const string Users = "/etc/passwd";
    private const string Groups = "/etc/group";

    /// <summary>A user by name or number; a number without an account has the group of the same number.</summary>
    /// <exception cref="ProgramException">There is no such user.</exception>
    internal static Account OfUser(string option, string value)
    {
        bool isNumber = TryParseId(value, out uint number);

        // name:password:uid:gid:..., passwd(5)
        foreach (string[] entry in Entries(Users, columns: 4))
        {
            if (TryParseId(entry[2], out uint user) && TryParseId(entry[3], out uint group)
                && (isNumber ? user == number : string.Equals(entry[0], value, StringComparison.Ordinal)))
            {
                return new Account(user, group);
            }
        }

        return isNumber ? new Account(number, number) : throw Missing(option, value, "user", Users);
    }

    /// <summary>A group by name or number.</summary>
    /// <exception cref="ProgramException">There is no such group.</exception>
    internal static uint OfGroup(string option, string value)
    {
        if (TryParseId(value, out uint number))
        {
            return number;
        }

        // name:password:gid:..., group(5)
        foreach (string[] entry in Entries(Groups, columns: 3))
        {
            if (TryParseId(entry[2], out uint group) && string.Equals(entry[0], value, StringComparison.Ordinal))
            {
                return group;
            }
        }

        throw Missing(option, value, "group", Groups);
    }

    /// <summary>
    /// The lines that have at least so many columns; none of a file that cannot be read. Lines that begin with + or - are for NIS.
    /// </summary>
    private static IEnumerable<string[]> Entries(string file, int columns)
    {
        try
        {
            return PosixFile.ReadLines(file)
                .Where(static line => line[0] is not ('#' or '+' or '-'))
                .Select(static line => line.Split(':'))
                .Where(entry => entry.Length >= columns);
        }
        catch (PosixException)
        {
            return [];
        }
    }

    private static ProgramException Missing(string option, string value, string kind, string file) =>
        new(ExitCode.Usage, $"-o {option}={value}: no such {kind} in {file}; give a name from there or a number");

    // (uid_t)-1 means "unchanged" to the kernel and is nobody's id.
    private static bool TryParseId(string value, out uint number) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number != uint.MaxValue;
}
