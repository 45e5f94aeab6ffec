using KHeadersFs.Fuse;

namespace KHeadersFs.Options;

/// <summary>One option of -o, as data.</summary>
/// <param name="Name">As written; a name that ends in "*" stands for all that begin so.</param>
/// <param name="Kind">What becomes of it.</param>
/// <param name="Argument">What stands behind "=" in the help, or empty when there is no value.</param>
/// <param name="Help">One line for -h; empty for those that are not listed.</param>
/// <param name="Flags">For <see cref="OptionKind.MountFlag"/> and <see cref="OptionKind.ClearMountFlag"/>.</param>
/// <param name="Apply">For <see cref="OptionKind.Own"/>: notes the value in the settings.</param>
internal sealed record MountOption(
    string Name,
    OptionKind Kind,
    string Argument = "",
    string Help = "",
    MountFlags Flags = default,
    Action<MountSettings, string>? Apply = null);
