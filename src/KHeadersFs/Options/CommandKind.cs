namespace KHeadersFs.Options;

/// <summary>What a command line asks the program to do.</summary>
internal enum CommandKind
{
    /// <summary>Mount an archive.</summary>
    Mount,

    /// <summary>-u: unmount.</summary>
    Unmount,

    /// <summary>Tell something: a <see cref="Commands.Command"/>.</summary>
    Answer,

    /// <summary>-h.</summary>
    Help,

    /// <summary>--help-all.</summary>
    HelpAll,

    /// <summary>-V.</summary>
    Version,

    /// <summary>--list-options.</summary>
    ListOptions,
}
