using KHeadersFs.Posix;
using KHeadersFs.Sources;

namespace KHeadersFs.Doctor;

/// <summary>
/// The order of each tool, as its sources have it and as it was seen to do. src/docs/clients.md has the same table for people. doctor does not start the tools to ask for their
/// versions: it goes by the newest.
/// </summary>
internal static class ClientOrders
{
    private const string Source = "source";
    private const string Build = "build";

    /// <summary>bcc's compiler works in the source's directory, with the directories of "build" before those of "source".</summary>
    internal static readonly ClientOrder Bcc = new(
        "bcc",
        "0.26 to 0.37",
        "BCC_KERNEL_SOURCE",
        [
            new ClientPlace(ClientPlaceKind.Variable, "BCC_KERNEL_SOURCE"),
            new ClientPlace(ClientPlaceKind.Directories, Source, Build),
            new ClientPlace(ClientPlaceKind.Suffix, "BCC_KERNEL_MODULES_SUFFIX"),
            new ClientPlace(ClientPlaceKind.Always, Build),
        ],
        TestsLandmark: true,
        TakesSourceFirst: false,
        "python3 PROGRAM",
        "src/cc/frontends/clang/loader.cc: get_kernel_path_info, ClangLoader::parse; kbuild_helper.cc: get_flags");

    /// <summary>Versions 0.17 to 0.20 also unpack the archive where neither directory is there and the kernel has no BTF.</summary>
    internal static readonly ClientOrder Bpftrace = new(
        "bpftrace",
        "0.17 to 0.27",
        "BPFTRACE_KERNEL_SOURCE",
        [
            new ClientPlace(ClientPlaceKind.Variable, "BPFTRACE_KERNEL_SOURCE", "BPFTRACE_KERNEL_BUILD"),
            new ClientPlace(ClientPlaceKind.Directories, Source, Build),
            new ClientPlace(ClientPlaceKind.Directories, Source),
            new ClientPlace(ClientPlaceKind.Directories, Build),
        ],
        TestsLandmark: false,
        TakesSourceFirst: true,
        "bpftrace ...",
        "src/utils.cpp, since 0.23 src/util/kernel.cpp: get_kernel_dirs, get_kernel_cflags");

    /// <summary>What a tool takes; null where none of its places applies.</summary>
    internal static TakenPlace? Take(ClientOrder order, TreeChecks trees)
    {
        foreach (ClientPlace place in order.Places)
        {
            if (Take(place, trees) is { } taken)
            {
                return taken;
            }
        }

        return null;
    }

    private static TakenPlace? Take(ClientPlace place, TreeChecks trees)
    {
        string source = Below(place.Source);
        string build = Below(place.Build ?? place.Source);
        return place.Kind switch
        {
            ClientPlaceKind.Variable when ProcessText.Variable(place.Source) is { } named =>
                new TakenPlace(named, (place.Build is { } second ? ProcessText.Variable(second) : null) ?? named, place.Source),
            ClientPlaceKind.Suffix when ProcessText.Variable(place.Source) is { } suffix => new TakenPlace(Below(suffix), Below(suffix), place.Source),
            ClientPlaceKind.Directories when trees.Look(source).IsDirectory && trees.Look(build).IsDirectory => new TakenPlace(source, build, null),
            ClientPlaceKind.Always => new TakenPlace(source, build, null),
            _ => null,
        };

        string Below(string name) => $"{InstalledModule.Place}/{trees.Release}/{name}";
    }
}
