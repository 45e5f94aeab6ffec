using System.Globalization;
using KHeadersFs.Options;

namespace KHeadersFs.Serving;

/// <summary>
/// What a mount has of the user who made it, unless options say otherwise. A server that takes over from one that has become another user is that user, too,
/// and has to be told.
/// </summary>
/// <param name="UserId">Owner of everything in the tree.</param>
/// <param name="GroupId">Group of everything in the tree.</param>
/// <param name="AllowOther">Other users may enter.</param>
internal sealed record Mounter(uint UserId, uint GroupId, bool AllowOther)
{
    private const char Separator = ':';

    /// <summary>That of a mount.</summary>
    internal static Mounter Of(MountSettings settings) => new(settings.UserId, settings.GroupId, settings.AllowOther);

    /// <summary>Reads what <see cref="ToString"/> writes; null for anything else.</summary>
    internal static Mounter? TryParse(string text) => text.Split(Separator) is [var user, var group, var allow]
        && uint.TryParse(user, NumberStyles.None, CultureInfo.InvariantCulture, out uint userId)
        && uint.TryParse(group, NumberStyles.None, CultureInfo.InvariantCulture, out uint groupId)
        && bool.TryParse(allow, out bool allowOther)
            ? new Mounter(userId, groupId, allowOther)
            : null;

    /// <summary>Before the options are read, which come after it.</summary>
    internal void ApplyTo(MountSettings settings) => (settings.UserId, settings.GroupId, settings.AllowOther) = (UserId, GroupId, AllowOther);

    /// <summary>As text, without a slash.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{UserId}{Separator}{GroupId}{Separator}{AllowOther}");
}
