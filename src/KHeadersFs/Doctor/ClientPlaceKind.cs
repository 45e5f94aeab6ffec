namespace KHeadersFs.Doctor;

/// <summary>When a tool takes a place of its list.</summary>
internal enum ClientPlaceKind
{
    /// <summary>Where a variable is set, whatever it names; also if it is empty.</summary>
    Variable,

    /// <summary>Where a variable is set: the directory of that name beside "build".</summary>
    Suffix,

    /// <summary>Where both are directories.</summary>
    Directories,

    /// <summary>Whether it is there or not.</summary>
    Always,
}
