using KHeadersFs.Fuse;
using KHeadersFs.Interop;

namespace KHeadersFs.Options;

/// <summary>What the command line asks for.</summary>
internal sealed class MountSettings
{
    /// <summary>The archive, as given.</summary>
    internal string Source { get; set; } = "";

    /// <summary>The mount point, as given.</summary>
    internal string Directory { get; set; } = "";

    /// <summary>The options of the command line as given, without the two operands: what the server is started with.</summary>
    internal IList<string> Arguments { get; } = [];

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

    /// <summary>Decoded blocks that are kept; 0 for the default.</summary>
    internal int CacheBlocks { get; set; }

    /// <summary>The module "kheaders" stays loaded when it was loaded for us.</summary>
    internal bool KeepModule { get; set; }
}
