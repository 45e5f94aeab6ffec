namespace KHeadersFs.Decoding;

/// <summary>The views of an archive, by number.</summary>
internal enum ViewKind
{
    /// <summary>All of it.</summary>
    All,

    /// <summary>-o uapi.</summary>
    Uapi,

    /// <summary>-o kbuild.</summary>
    Kbuild,
}
