namespace KHeadersFs.Mounting;

/// <summary>What an image of this program has been started for by another one.</summary>
internal enum ImageRole
{
    /// <summary>To serve a mount: one that is to be made, or one that the server before has left.</summary>
    Server = 1,

    /// <summary>To build the store for a server in the foreground, which has started it.</summary>
    Builder = 3,

    /// <summary>To look at mounts that may not answer, for one that waits for so long and no longer.</summary>
    Looker = 4,

    /// <summary>To build a store from an archive, with no right to anything else.</summary>
    Decoder = 5,

    /// <summary>To ask the server of one mount whether it answers, and to hang if it does not.</summary>
    Asker = 6,

    /// <summary>To look into a directory where headers may be, for doctor, which waits for so long and no longer.</summary>
    TreeLooker = 7,

    /// <summary>To read the configuration in a kernel's archive, for doctor, with no right to anything else.</summary>
    ArchiveLooker = 8,
}
