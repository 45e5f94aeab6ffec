namespace KHeadersFs.Serving;

/// <summary>What a process does that the program has started: the two of a mount, of which one starts the other.</summary>
internal enum ProcessRole
{
    /// <summary>Serves: the child, unless with -f.</summary>
    Server = 's',

    /// <summary>Builds the store, and ends when the mount answers: with -f it is the child.</summary>
    Builder = 'b',
}
