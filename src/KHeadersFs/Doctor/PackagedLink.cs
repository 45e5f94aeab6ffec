namespace KHeadersFs.Doctor;

/// <summary>A link to headers that an installed package brings.</summary>
/// <param name="Package">As dpkg calls it.</param>
/// <param name="Release">The kernel whose headers they are.</param>
/// <param name="Path">/lib/modules/RELEASE/build.</param>
internal sealed record PackagedLink(string Package, string Release, string Path);
