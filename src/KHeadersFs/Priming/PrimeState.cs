namespace KHeadersFs.Priming;

/// <summary>How far -o prime has come; the words of the status report in lower case.</summary>
internal enum PrimeState
{
    /// <summary>It was not asked for.</summary>
    Off,

    /// <summary>It is under way, or waits for others to be served.</summary>
    Running,

    /// <summary>All that was planned has been done.</summary>
    Done,

    /// <summary>It has ended early: there is no memory, no permission, or no mount any more.</summary>
    Stopped,
}
