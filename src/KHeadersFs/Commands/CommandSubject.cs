namespace KHeadersFs.Commands;

/// <summary>What a command's operand is.</summary>
internal enum CommandSubject
{
    /// <summary>There is none: it is about this machine.</summary>
    Machine,

    /// <summary>A directory, which may be a mount that does not answer: the command runs in a <see cref="Looker"/>.</summary>
    Directory,

    /// <summary>An archive, by default the running kernel's own; -o is taken for its limits.</summary>
    Archive,
}
