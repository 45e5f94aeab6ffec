namespace KHeadersFs.Mounting;

/// <summary>What an image of this program has been started for by another one.</summary>
internal enum ImageRole
{
    /// <summary>To serve a mount.</summary>
    Server = 1,

    /// <summary>To walk a tree (-o prime).</summary>
    Walker = 2,
}
