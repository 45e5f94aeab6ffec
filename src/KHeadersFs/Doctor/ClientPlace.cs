namespace KHeadersFs.Doctor;

/// <summary>One place of a tool's list.</summary>
/// <param name="Kind">When it is taken.</param>
/// <param name="Source">Where its headers are: a variable's name, or a name below /lib/modules/RELEASE.</param>
/// <param name="Build">Where those are that are generated. A variable that is not set, and null, stand for the same place.</param>
internal sealed record ClientPlace(ClientPlaceKind Kind, string Source, string? Build = null);
