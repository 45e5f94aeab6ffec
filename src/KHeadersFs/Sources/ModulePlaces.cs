using KHeadersFs.Mounting;
using KHeadersFs.Options;
using KHeadersFs.Posix;

namespace KHeadersFs.Sources;

/// <summary>The directories where installed kernels have their modules.</summary>
/// <param name="Root">Below which they are, absolute and without links.</param>
/// <param name="Given">-o modules: the only one; null for the usual ones.</param>
internal sealed record ModulePlaces(string Root, string? Given)
{
    /// <summary>
    /// Where kmod looks; where NixOS has those of the kernel that runs (nixpkgs, nixos/modules/system/boot/kernel.nix and bcc's patch); and
    /// Android's partitions (source.android.com: "Implement a GKI module partition", "Vendor and ODM DLKM partitions").
    /// </summary>
    private static readonly string[] s_usual =
    [
        InstalledModule.Place,
        "/run/booted-system/kernel-modules/lib/modules",
        "/system_dlkm/lib/modules", "/system/lib/modules",
        "/vendor_dlkm/lib/modules", "/vendor/lib/modules",
        "/odm_dlkm/lib/modules", "/odm/lib/modules",
    ];

    /// <summary>The usual ones of this system.</summary>
    internal static ModulePlaces Usual { get; } = new(RootDirectory.Own, null);

    /// <summary>Whether whoever can write there could as well write to the kernel.</summary>
    internal bool AreKernelsOwn => Given is null && Root is RootDirectory.Own;

    /// <summary>All of them, as they are called below the root.</summary>
    internal IReadOnlyList<string> All => Given is null ? s_usual : [Given];

    /// <summary>Those that a mount is to look in.</summary>
    /// <exception cref="ProgramException">What was given is no directory.</exception>
    internal static ModulePlaces Of(MountSettings settings)
    {
        var places = new ModulePlaces(RootDirectory.Of(settings), settings.ModuleDirectory.Length > 0 ? settings.ModuleDirectory : null);
        return places.Given is not { } given || PosixDirectory.Exists(places.At(given))
            ? places
            : throw new ProgramException(
                ExitCode.MountFailure, $"-o modules={given}: {places.At(given)} is no directory; give one like /lib/modules, or a kernel's own in there");
    }

    /// <summary>
    /// Directories where the modules of a release may be: below each place one of its name, and the place itself. Android's are flat
    /// there, without a name, and of the kernel that runs; what the user has named is taken for whichever kernel is meant.
    /// </summary>
    internal IEnumerable<string> DirectoriesOf(string release)
    {
        bool mayBeFlat = Given is not null || string.Equals(release, KernelArchive.RunningRelease, StringComparison.Ordinal);
        foreach (string place in All)
        {
            yield return $"{place}/{release}";
            if (mayBeFlat)
            {
                yield return place;
            }
        }
    }

    /// <summary>Where a path below the root really is. In this system's own the kernel follows links, and the path is shown as people know it.</summary>
    internal string At(string path) => Root is RootDirectory.Own ? path : RootedPath.Resolve(path, Root).Path;
}
