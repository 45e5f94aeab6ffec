using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using KHeadersFs.Serving;

namespace KHeadersFs.Headers;

/// <summary>
/// What is in a directory where tools look for a kernel's headers. This is the only place that decides whether headers are there: which files show it, whether
/// they are finished, of which kernel they are, and where the other half of a split tree is.
/// </summary>
/// <remarks>
/// The files are those of the kernel's own build: kbuild writes include/generated/autoconf.h and arch/*/include/generated/asm in "make prepare" (Makefile: prepare0;
/// scripts/Makefile.asm-headers), and gives include/linux/kconfig.h to every compile (Makefile: LINUXINCLUDE), so bcc looks for that one
/// (src/cc/frontends/clang/loader.cc). A build with O=, and so each of Debian's packages for one configuration, has the generated half only; its Makefile
/// includes that of the source (scripts/mkmakefile until 6.12, then the top Makefile itself).
/// A look waits for a server that does not answer: it is for directories that are no mounts, or for a process that may be given up.
/// </remarks>
/// <param name="Directory">The directory that was looked into, as it was given.</param>
/// <param name="State">What it is.</param>
/// <param name="Source">The directory with the headers that are not generated: another one for a split tree, the same for one that has them; else null.</param>
/// <param name="Errno">Why it cannot be looked into; <see cref="Errno.None"/> otherwise.</param>
internal sealed record HeaderTree(string Directory, HeaderState State, string? Source, Errno Errno)
{
    /// <summary>Is in every tree of headers since Linux 3.0.</summary>
    internal const string Landmark = "include/linux/kconfig.h";

    /// <summary>Made by "make prepare": the kernel's configuration.</summary>
    internal const string Configuration = "include/generated/autoconf.h";

    private const string Makefile = "Makefile";

    /// <summary>Whether a program can be compiled with what is here.</summary>
    internal bool IsUsable => State is HeaderState.Complete or HeaderState.Split;

    /// <summary>Whether the look itself was possible: what cannot be seen is not what is not there.</summary>
    internal bool IsKnown => Errno is Errno.None or Errno.ENOENT or Errno.ENOTDIR;

    /// <summary>
    /// The directories that a compiler is to look into. Of a split tree that with the generated headers comes first, as bcc has it
    /// (src/cc/frontends/clang/kbuild_helper.cc: get_flags). Empty unless usable.
    /// </summary>
    internal IReadOnlyList<string> Directories => State switch
    {
        HeaderState.Complete => [Directory],
        HeaderState.Split => [Directory, Source!],
        _ => [],
    };

    /// <summary>
    /// What is there, or why that cannot be seen, to follow the directory's name. Every command says it in these words, and what to do in its own.
    /// </summary>
    internal string Description => State switch
    {
        HeaderState.Complete => "holds kernel headers",
        HeaderState.Split => $"holds kernel headers, together with {Source}",
        HeaderState.Unfinished => "holds kernel headers that are unfinished: make prepare was not run",
        HeaderState.Remains => $"looks like the build directory of a kernel ({Makefile} or {Configuration}), and the headers that belong to it are not there",
        HeaderState.Other => $"holds no kernel headers (no {Landmark})",
        HeaderState.Empty => "holds no kernel headers: it is empty",
        HeaderState.Absent => PosixFile.ReadLink(Directory) is { } target ? $"is a link to {target}, which is not there" : "is not there",
        HeaderState.NoDirectory => "is no directory",
        HeaderState.Denied => WhyDenied(),
        HeaderState.Dead => "is a mount, and its server has died",
        _ => $"cannot be looked into ({Marshal.GetPInvokeErrorMessage((int)Errno)})",
    };

    /// <summary>The release that include/generated/utsrelease.h names; null where it does not say.</summary>
    internal string? KernelRelease =>
        StoredRelease.In(LimitedText.Read($"{Directory}/{StoredRelease.Header}"));

    /// <summary>Looks into a directory. Symbolic links are followed.</summary>
    /// <param name="directory">From the system's own root.</param>
    /// <param name="root">The root of the system that has made the directory (-o root): what its links and files name counts from there.</param>
    internal static HeaderTree Look(string directory, string root = RootDirectory.Own)
    {
        if (FileStatus.Of(directory) is not { } status)
        {
            return Unseen(directory, (Errno)Marshal.GetLastPInvokeError());
        }

        if (status.Kind is not FileStatus.Directory)
        {
            return Unseen(directory, Errno.ENOTDIR);
        }

        // Who may not go into a directory learns nothing of its files, even where it may be listed.
        if (Has(directory, Landmark, out Errno reason) is not { } hasHeaders || Has(directory, Configuration, out reason) is not { } isConfigured)
        {
            return Unseen(directory, reason);
        }

        return hasHeaders ? new HeaderTree(directory, IsFinished(isConfigured, directory, directory) ? HeaderState.Complete : HeaderState.Unfinished, directory, Errno.None)
            : isConfigured || PosixFile.Exists($"{directory}/{Makefile}") ? OfBuild(directory, root, isConfigured)
            : new HeaderTree(directory, PosixDirectory.List(directory, out bool isWhole) is [] && isWhole ? HeaderState.Empty : HeaderState.Other, null, Errno.None);
    }

    /// <summary>What a directory is that could not be looked into.</summary>
    /// <param name="directory">As it was given.</param>
    /// <param name="errno">Why not.</param>
    internal static HeaderTree Unseen(string directory, Errno errno) => new(directory, StateOf(errno), null, errno);

    /// <summary>One without headers that are not generated. "source" beside a directory counts only here: an empty one is nobody's build.</summary>
    private static HeaderTree OfBuild(string directory, string root, bool isConfigured)
    {
        string? source = SourceOf(directory, root);
        HeaderState state = source is null ? HeaderState.Remains
            : IsFinished(isConfigured, directory, source) ? HeaderState.Split
            : HeaderState.Unfinished;
        return new HeaderTree(directory, state, source, Errno.None);
    }

    /// <summary>
    /// Whether "make prepare" was run: the configuration is there, and, where the source has headers of an architecture, some architecture's wrappers of
    /// generic headers. A source has all architectures, and is prepared for one.
    /// </summary>
    private static bool IsFinished(bool isConfigured, string build, string source)
    {
        const string wrappers = "include/generated/asm";
        List<string> architectures = PosixDirectory.List($"{source}/arch");
        return isConfigured
            && (architectures.Exists(name => PosixDirectory.Exists($"{build}/arch/{name}/{wrappers}"))
                || !architectures.Exists(name => PosixDirectory.Exists($"{source}/arch/{name}/include/asm")));
    }

    /// <summary>FUSE lets in only the user who has mounted, and not even root (fs/fuse/dir.c: fuse_allow_current_process).</summary>
    private string WhyDenied()
    {
        string place = MountPoint.Resolved(Directory);
        return MountInfo.Around(place) is { UserId: { } user } mount
            && user != LibC.GetEffectiveUserId() && !mount.SuperOptions.Split(',').Contains("allow_other", StringComparer.Ordinal)
            ? $"is {(string.Equals(mount.Directory, place, StringComparison.Ordinal) ? "" : "in ")}a mount of user {user}, which only that user may read"
            : "may not be read by this user (Permission denied)";
    }

    /// <summary>
    /// The source of a build directory: "source" beside a "build" (the kernel's modules_install, Debian's packages), what its link "source" leads to (a build with O=), or what its
    /// Makefile includes.
    /// </summary>
    private static string? SourceOf(string directory, string root)
    {
        string inside = RootDirectory.Inside(directory, root);
        string?[] candidates =
        [
            Path.GetFileName(inside) is "build" ? $"{Path.GetDirectoryName(inside)}/source" : null,
            $"{inside}/source",
            IncludedBy(LimitedText.Read($"{directory}/{Makefile}")),
        ];
        return candidates.OfType<string>().Select(path => root is RootDirectory.Own ? path : RootedPath.Resolve(path, root).Path)
            .FirstOrDefault(static path => PosixFile.Exists($"{path}/{Landmark}"));
    }

    private static string? IncludedBy(string? makefile)
    {
        const string before = "include /";
        const string after = $"/{Makefile}";
        string? line = makefile?.Split('\n').FirstOrDefault(static l => l.StartsWith(before, StringComparison.Ordinal) && l.EndsWith(after, StringComparison.Ordinal));
        return line?[(before.Length - 1)..^after.Length];
    }

    /// <summary>Null, with the reason, where that cannot be told.</summary>
    private static bool? Has(string directory, string file, out Errno reason)
    {
        reason = Errno.None;
        if (FileStatus.Of($"{directory}/{file}") is not null)
        {
            return true;
        }

        reason = (Errno)Marshal.GetLastPInvokeError();
        return reason is Errno.ENOENT or Errno.ENOTDIR ? false : null;
    }

    private static HeaderState StateOf(Errno errno) => errno switch
    {
        Errno.ENOENT => HeaderState.Absent,
        Errno.ENOTDIR => HeaderState.NoDirectory,
        Errno.EACCES or Errno.EPERM => HeaderState.Denied,
        Errno.ENOTCONN or Errno.ECONNABORTED => HeaderState.Dead,
        _ => HeaderState.Unreadable,
    };
}
