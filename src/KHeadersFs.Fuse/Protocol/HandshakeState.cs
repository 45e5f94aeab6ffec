namespace KHeadersFs.Fuse;

/// <summary>Where a connection stands between its first request and its first answer.</summary>
internal enum HandshakeState
{
    /// <summary>No INIT yet, or one from a newer kernel that will send another.</summary>
    Expected,

    /// <summary>Answered; requests are served.</summary>
    Done,

    /// <summary>The kernel is too old; nothing is served.</summary>
    Refused,
}
