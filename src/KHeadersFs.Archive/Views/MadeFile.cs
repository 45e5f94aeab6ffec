namespace KHeadersFs.Archive.Views;

/// <summary>A file of the tree whose body a view has made.</summary>
/// <param name="Name">In the tree, without "./" before it.</param>
/// <param name="Body">Its bytes.</param>
/// <param name="ModifiedSeconds">When what it is made of was changed last, in seconds since 1970.</param>
/// <param name="ModifiedNanoseconds">And nanoseconds.</param>
internal sealed record MadeFile(byte[] Name, byte[] Body, long ModifiedSeconds, uint ModifiedNanoseconds);
