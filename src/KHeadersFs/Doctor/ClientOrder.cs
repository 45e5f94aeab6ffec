namespace KHeadersFs.Doctor;

/// <summary>Where a tool looks for the running kernel's headers, in which order, and what it looks at.</summary>
/// <param name="Client">The tool.</param>
/// <param name="Versions">Those that do so.</param>
/// <param name="Variable">The variable that names a directory for it.</param>
/// <param name="Places">Its places: the first that applies is taken.</param>
/// <param name="TestsLandmark">Whether it then looks whether include/linux/kconfig.h is there, and unpacks the archive to a temporary directory where it is not.</param>
/// <param name="TakesSourceFirst">Where both have a header: whether that of the source is taken, and not that of the build directory.</param>
/// <param name="Start">How it is started, for commands.</param>
/// <param name="Reference">Where its sources say so.</param>
internal sealed record ClientOrder(
    string Client,
    string Versions,
    string Variable,
    IReadOnlyList<ClientPlace> Places,
    bool TestsLandmark,
    bool TakesSourceFirst,
    string Start,
    string Reference);
