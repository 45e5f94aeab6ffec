using System.Globalization;
using KHeadersFs.Mounting;

namespace KHeadersFs.Keeping;

/// <summary>Where the kernel was asked to mark a mount (MNT_EXPIRE).</summary>
/// <param name="Id">The mount's id.</param>
/// <param name="Parent">The directory that the mount point lies in.</param>
/// <param name="Name">The mount point's name in there.</param>
internal readonly record struct IdleMark(int Id, FileIdentity Parent, string Name)
{
    private const char Separator = '/';

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    internal static IdleMark? TryParse(string text) => text.Split(Separator) is [var id, var parent, var name]
        && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        && FileIdentity.TryParse(parent) is { } identity
            ? new IdleMark(number, identity, name)
            : null;

    /// <summary>As text. No name has a slash.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Id}{Separator}{Parent}{Separator}{Name}");
}
