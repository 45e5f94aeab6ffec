namespace KHeadersFs.Keeping;

/// <summary>What a server may ask of the keeper of its mount: one byte over the socket, so that there is nothing in it to get wrong.</summary>
internal enum KeeperOrder : byte
{
    /// <summary>Detach the mount from this mount namespace. What was made for it stays until the end.</summary>
    Detach = (byte)'d',

    /// <summary>Detach the mount, and remove what was made for it. The last order.</summary>
    End = (byte)'e',

    /// <summary>The connection has ended by itself: detach what it may have left dead, and remove what was made for it. The last order.</summary>
    EndDead = (byte)'x',

    /// <summary>-o idle: mark the mount, and look whether it still has the mark of the last time. There have been requests since.</summary>
    Look = (byte)'l',

    /// <summary>Open the file of -o log anew, for a server that takes over: it may have been moved away since. The answer brings the file.</summary>
    OpenLog = (byte)'o',

    /// <summary>-o idle: as <see cref="Look"/>, and unmount what still has its mark. There have been no requests.</summary>
    LookQuiet = (byte)'q',
}
