using System.Globalization;
using KHeadersFs.Fuse;
using KHeadersFs.Sandbox;

namespace KHeadersFs.Options;

/// <summary>All options of -o: the one place that defines them. The parser and -h read it.</summary>
internal static class OptionTable
{
    /// <summary>Without value or effect here: for mount(8), systemd and writable file systems (mount(8), fstab(5)).</summary>
    private const string IgnoredNames =
        "rw defaults auto noauto nofail fail user user=* nouser users nousers owner noowner group nogroup _netdev silent loud "
        + "atime noatime diratime nodiratime relatime norelatime strictatime nostrictatime lazytime nolazytime "
        + "iversion noiversion mand nomand async comment=* x-* X-* uhelper=* helper=* suid dev default_permissions "
        + "subtype=* auto_unmount drop_privileges "

        // What the kernel shows of a mount, and mount(8) hands back when it remounts.
        + "user_id=* group_id=* rootmode=* blksize=*";

    /// <summary>The table, in the order of the help.</summary>
    internal static IReadOnlyList<MountOption> All { get; } = Build();

    /// <summary>
    /// The entry for <paramref name="name"/>, written with a value or without (null), or null. Whatever mount(8) has for all file systems may
    /// have a value that says which layers it is for (mount(8) of 2.39, "Virtual Filesystem Notes"): one mount has no others.
    /// </summary>
    internal static MountOption? Find(string name, string? value) => Find(name, hasValue: value is not null)
        ?? (value is "recursive" or "vfs" or "fs" && Find(name, hasValue: false) is { Kind: not (OptionKind.Own or OptionKind.Kernel) } entry ? entry : null);

    private static MountOption? Find(string name, bool hasValue)
    {
        string asked = hasValue ? name + "=" : name;
        foreach (MountOption option in All)
        {
            bool found = option.Name.EndsWith('*')
                ? asked.StartsWith(option.Name[..^1], StringComparison.Ordinal)
                : string.Equals(option.Name, name, StringComparison.Ordinal) && hasValue == (option.Argument.Length > 0);
            if (found)
            {
                return option;
            }
        }

        return null;
    }

    private static List<MountOption> Build()
    {
        List<MountOption> table =
        [
            Own("uid", "USER", "owner of the tree, a name or a number (default: the mounting user)", static (s, v) => s.UserId = Account.OfUser("uid", v).UserId),
            Own("gid", "GROUP", "group of the tree, a name or a number (default: the mounting user's)", static (s, v) => s.GroupId = Account.OfGroup("gid", v)),
            Own("umask", "OCTAL", "permission bits to take away", static (s, v) => s.Umask = Octal(v)),
            Own("subdir", "PATH", "serve this directory of the archive as the root, for example include", static (s, v) => s.SubDirectory = v),
            Own("uapi", "", "serve the headers for ordinary programs, as make headers_install does, at include", static (s, _) => s.Uapi = true),
            Own("kbuild", "", "add .config, auto.conf and kernel.release, where this system has them, and a Makefile that says what headers cannot build", static (s, _) => s.Kbuild = true),
            Own("mkdir", "", "make DIR, or what a dangling link at DIR points to; removed again after the mount", static (s, _) => s.MakeDirectory = true),
            Own("root", "PATH", "a path from the root where another system's root is, a node's in a container: DIR, its links, and the modules of kheaders and release:R are below it", static (s, v) => s.Root = FromRoot(v, "root")),
            Own("modules", "PATH", "where kernels have their modules for kheaders and release:R, a directory like /lib/modules or one kernel's (default: /lib/modules, and the places of NixOS and Android)", static (s, v) => s.ModuleDirectory = FromRoot(v, "modules")),
            Own("nonempty", "", "do not warn when DIR is not empty", static (s, _) => s.NonEmpty = true),
            Own("force", "", "cover a DIR that holds kernel headers already, or replace a mount of another or an older archive there", static (s, _) => s.Force = true),
            Own("release", "check|warn|ignore", "what to do with an archive of another kernel than the running one, or than R of release:R (default: warn)", static (s, v) => s.Release = Policy(v)),
            Own("cache", "DIR", "keep what was built from an archive in DIR, so that the next mount of it is quicker", static (s, v) => s.CacheDirectory = v),
            Own("cache_max", "MIB", "the most that is kept there, 1 to 65536 (default: 64); the oldest goes first", static (s, v) => s.CacheMax = Count(v, "cache_max", 1, 65536)),
            Own("keep_module", "", "leave the module kheaders loaded when it was loaded for this mount", static (s, _) => s.KeepModule = true),
            Own("allow_other", "", "let other users in (default for root)", static (s, _) => s.AllowOther = s.ForOthers = true),
            Own("allow_root", "", "let root into an ordinary user's mount; the kernel can only let in everybody", static (s, _) => s.AllowRoot = true),
            Own("fsname", "NAME", "what mount(8) shows as the source", static (s, v) => s.FileSystemName = v),
            Own("threads", "N", "threads that serve, 1 to 64 (default: one per processor, 2 to 4)", static (s, v) => s.Threads = Count(v, "threads", 1, 64)),
            Own("spin", "USEC", "how long a thread that has just served looks for its next request before it sleeps, 0 to 10000 (default: 2000, and 0 on one processor)", static (s, v) => s.SpinMicroseconds = Count(v, "spin", 0, 10_000)),
            Own("cache_blocks", "N", "decoded blocks to keep, 1 to 4096 (default: 256 KiB of them)", static (s, v) => s.CacheBlocks = Count(v, "cache_blocks", 1, 4096)),
            Own("prime", "", "after the mount, let the kernel read all names and the usual headers, so that the first compile is as quick as the second", static (s, _) => s.Prime = true),
            Own("max_read", "BYTES", "largest read request, 4096 to 131072 (default: 131072)", static (s, v) => s.MaxRead = Count(v, "max_read", 4096, 131072)),
            Own("idle", "SECONDS", "unmount when nobody has used the mount for so long, 1 to 1000000", static (s, v) => s.IdleSeconds = Count(v, "idle", 1, 1_000_000)),
            Own("setuid", "USER", "the server becomes this user once the mount is in place", static (s, v) => s.ServerUser = Account.OfUser("setuid", v)),
            Own("sandbox", "auto|on|off", "what root's server gives up, and who decodes an archive that is not the kernel's own: all that it can (auto, the default), no mount where it cannot (on), or nothing (off)", static (s, v) => s.Sandbox = Sandboxing(v)),
            Own("log", "FILE", "a path from the root: the server's lines go to the end of this file instead of the system's log, or of standard error with -f", static (s, v) => s.LogFile = FromRoot(v, "log")),
            Own("pidfile", "FILE", "a path from the root: the server's process id stands in this file as long as it serves", static (s, v) => s.PidFile = FromRoot(v, "pidfile")),
            Own("remount", "", "change noexec and its like of a mount that is there", static (s, _) => s.Remount = true),
            Flag("noexec", MountFlags.MS_NOEXEC, "nothing in the tree can be executed"),
            new MountOption("exec", OptionKind.ClearMountFlag, Flags: MountFlags.MS_NOEXEC),
            Flag("nosymfollow", MountFlags.MS_NOSYMFOLLOW, "no symbolic link in the tree is followed; Linux 5.10, and for an ordinary user fuse3 3.18"),
            new MountOption("symfollow", OptionKind.ClearMountFlag, Flags: MountFlags.MS_NOSYMFOLLOW),
            Flag("nosuid", MountFlags.MS_NOSUID, "always on"),
            Flag("nodev", MountFlags.MS_NODEV, "always on"),
            Flag("ro", MountFlags.MS_RDONLY, "always on"),
            Flag("sync", MountFlags.MS_SYNCHRONOUS, "as mount(8); nothing is ever written"),
            Flag("dirsync", MountFlags.MS_DIRSYNC, "as mount(8); nothing is ever written"),
        ];
        foreach (string name in (string[])["context", "fscontext", "defcontext", "rootcontext"])
        {
            table.Add(new MountOption(name, OptionKind.Kernel, "CONTEXT", "SELinux context, for the kernel"));
        }

        table.AddRange(LimitOptions.All);
        table.AddRange(IgnoredNames.Split(' ').Select(static n => new MountOption(n, OptionKind.Ignored)));
        return table;
    }

    private static MountOption Own(string name, string argument, string help, Action<MountSettings, string> apply) =>
        new(name, OptionKind.Own, argument, help, Apply: apply);

    private static MountOption Flag(string name, MountFlags flags, string help) =>
        new(name, OptionKind.MountFlag, "", help, flags);

    /// <summary>The number that an option's value is.</summary>
    /// <exception cref="ProgramException">It is no number from <paramref name="least"/> to <paramref name="most"/>.</exception>
    internal static int Count(string value, string name, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw new ProgramException(ExitCode.Usage, $"-o {name}={value}: out of range; give a number from {least} to {most}");

    // The server's working directory is the root.
    private static string FromRoot(string value, string name) => value.StartsWith('/')
        ? value
        : throw new ProgramException(ExitCode.Usage, $"-o {name}={value}: is no path from the root; give one that begins with /");

    private static ReleasePolicy Policy(string value) => value switch
    {
        "check" => ReleasePolicy.Check,
        "warn" => ReleasePolicy.Warn,
        "ignore" => ReleasePolicy.Ignore,
        _ => throw new ProgramException(ExitCode.Usage, $"-o release={value}: unknown; give check, warn or ignore"),
    };

    private static SandboxPolicy Sandboxing(string value) => value switch
    {
        "auto" => SandboxPolicy.Auto,
        "on" => SandboxPolicy.On,
        "off" => SandboxPolicy.Off,
        _ => throw new ProgramException(ExitCode.Usage, $"-o sandbox={value}: unknown; give auto, on or off"),
    };

    private static uint Octal(string value)
    {
        uint mask = 0;
        foreach (char digit in value)
        {
            mask = digit is >= '0' and <= '7' ? (mask << 3) | (uint)(digit - '0') : uint.MaxValue;
            if (mask > 0x1FF)
            {
                break;
            }
        }

        return value.Length > 0 && mask <= 0x1FF
            ? mask
            : throw new ProgramException(ExitCode.Usage, $"-o umask={value}: no permission bits; give an octal number from 0 to 777");
    }
}
