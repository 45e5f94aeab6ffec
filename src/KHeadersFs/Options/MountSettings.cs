using KHeadersFs.Archive;
using KHeadersFs.Commands;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Sandbox;

namespace KHeadersFs.Options;

/// <summary>What the command line asks for.</summary>
internal sealed class MountSettings
{
    /// <summary>The archive, as given.</summary>
    internal string Source { get; set; } = "";

    /// <summary>The mount point, as given.</summary>
    internal string Directory { get; set; } = "";

    /// <summary>What is to be told; null where something is to be done.</summary>
    internal Command? Command { get; set; }

    /// <summary>status --check: ask the servers whether they answer.</summary>
    internal bool Check { get; set; }

    /// <summary>--json: print JSON.</summary>
    internal bool Json { get; set; }

    /// <summary>The options of the command line as given, without the two operands: what the server is started with.</summary>
    internal IList<string> Arguments { get; } = [];

    /// <summary>What the archive may ask for.</summary>
    internal ArchiveLimits Limits { get; set; } = new();

    /// <summary>-o sandbox: what the server gives up.</summary>
    internal SandboxPolicy Sandbox { get; set; }

    /// <summary>-o uapi: the headers for programs.</summary>
    internal bool Uapi { get; set; }

    /// <summary>-o kbuild: with what else there is of a build directory.</summary>
    internal bool Kbuild { get; set; }

    /// <summary>-f: stay in the foreground, log to stderr.</summary>
    internal bool Foreground { get; set; }

    /// <summary>-v: say what is done.</summary>
    internal bool Verbose { get; set; }

    /// <summary>Flags of mount(2).</summary>
    internal MountFlags Flags { get; set; } = MountFlags.MS_RDONLY | MountFlags.MS_NOSUID | MountFlags.MS_NODEV;

    /// <summary>Options that the kernel gets as they are, joined by commas.</summary>
    internal string KernelOptions { get; set; } = "";

    /// <summary>Users other than the mounting one may enter: the default for root.</summary>
    internal bool AllowOther { get; set; } = LibC.GetEffectiveUserId() == 0;

    /// <summary>-o allow_other was given: others are meant to see it.</summary>
    internal bool ForOthers { get; set; }

    /// <summary>What mount(8) shows as the source, or null for <see cref="Source"/>.</summary>
    internal string? FileSystemName { get; set; }

    /// <summary>Owner of everything in the tree.</summary>
    internal uint UserId { get; set; } = LibC.GetEffectiveUserId();

    /// <summary>Group of everything in the tree.</summary>
    internal uint GroupId { get; set; } = LibC.GetEffectiveGroupId();

    /// <summary>Permission bits that are taken away.</summary>
    internal uint Umask { get; set; }

    /// <summary>Threads that serve; 0 for the default.</summary>
    internal int Threads { get; set; }

    /// <summary>Microseconds that a thread tries before it sleeps, or null for the default.</summary>
    internal int? SpinMicroseconds { get; set; }

    /// <summary>Decoded blocks that are kept; 0 for the default.</summary>
    internal int CacheBlocks { get; set; }

    /// <summary>Make the kernel know all names, and most contents, before somebody asks.</summary>
    internal bool Prime { get; set; }

    /// <summary>The module "kheaders" stays loaded when it was loaded for us.</summary>
    internal bool KeepModule { get; set; }

    /// <summary>The tree's directory that becomes the root of the mount; empty for the whole tree.</summary>
    internal string SubDirectory { get; set; } = "";

    /// <summary>Make the mount point, or what a dangling link there points to, and remove it after the mount.</summary>
    internal bool MakeDirectory { get; set; }

    /// <summary>No warning about a mount point that is not empty.</summary>
    internal bool NonEmpty { get; set; }

    /// <summary>Cover headers that are there already.</summary>
    internal bool Force { get; set; }

    /// <summary>What becomes of an archive of another kernel than the running one, or the one that the source names.</summary>
    internal ReleasePolicy Release { get; set; } = ReleasePolicy.Warn;

    /// <summary>Largest READ in bytes; 0 for the default.</summary>
    internal int MaxRead { get; set; }

    /// <summary>The user whom the server becomes once the mount is in place, or null.</summary>
    internal Account? ServerUser { get; set; }

    /// <summary>Seconds without use after which the server unmounts; 0 for never.</summary>
    internal int IdleSeconds { get; set; }

    /// <summary>Root may enter an ordinary user's mount.</summary>
    internal bool AllowRoot { get; set; }

    /// <summary>Change the flags of a mount that is there.</summary>
    internal bool Remount { get; set; }

    /// <summary>-f of a mount helper: do all but the mount.</summary>
    internal bool Fake { get; set; }

    /// <summary>-s of a mount helper: unknown options are no error.</summary>
    internal bool Sloppy { get; set; }

    /// <summary>-N of a mount helper: the mount namespace to mount in, or null for ours.</summary>
    internal string? Namespace { get; set; }

    /// <summary>-o root: below which DIR, its links and the kernel's modules are; from the real root.</summary>
    internal string Root { get; set; } = "/";

    /// <summary>-o modules: where the modules of installed kernels are, below <see cref="Root"/>; empty for the usual places.</summary>
    internal string ModuleDirectory { get; set; } = "";

    /// <summary>Where stores are kept between mounts; empty for nowhere.</summary>
    internal string CacheDirectory { get; set; } = "";

    /// <summary>Where the server's lines go, from the root; empty for the system's log.</summary>
    internal string LogFile { get; set; } = "";

    /// <summary>Where the server's process id is written, from the root; empty for nowhere.</summary>
    internal string PidFile { get; set; } = "";

    /// <summary>The most MiB of stores that are kept there.</summary>
    internal int CacheMax { get; set; } = 64;
}
