using System.Globalization;
using KHeadersFs.Fuse;

namespace KHeadersFs.Options;

/// <summary>All options of -o: the one place that defines them. The parser and -h read it.</summary>
internal static class OptionTable
{
    /// <summary>Without value or effect here: for mount(8), systemd and writable file systems (mount(8), fstab(5)).</summary>
    private const string IgnoredNames =
        "ro rw defaults auto noauto nofail fail user user=* nouser users nousers owner noowner group nogroup _netdev silent loud "
        + "atime noatime diratime nodiratime relatime norelatime strictatime nostrictatime lazytime nolazytime "
        + "iversion noiversion mand nomand async comment=* x-* X-* uhelper=* helper=* nonempty suid dev "
        + "default_permissions subtype=*";

    /// <summary>The table, in the order of the help.</summary>
    internal static IReadOnlyList<MountOption> All { get; } = Build();

    /// <summary>The entry for <paramref name="name"/>, written with a value or without, or null.</summary>
    internal static MountOption? Find(string name, bool hasValue)
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
            Own("uid", "N", "owner of the tree (default: the mounting user)", static (s, v) => s.UserId = Number(v, "uid")),
            Own("gid", "N", "group of the tree (default: the mounting user's)", static (s, v) => s.GroupId = Number(v, "gid")),
            Own("umask", "OCTAL", "permission bits to take away", static (s, v) => s.Umask = Octal(v)),
            Own("allow_other", "", "let other users in (default for root)", static (s, _) => s.AllowOther = true),
            Own("fsname", "NAME", "what mount(8) shows as the source", static (s, v) => s.FileSystemName = v),
            Own("threads", "N", "threads that serve, 1 to 64 (default: one per processor, 2 to 4)", static (s, v) => s.Threads = Count(v, "threads", 64)),
            Own("cache_blocks", "N", "decoded blocks to keep, 1 to 4096 (default: 1 MiB of them)", static (s, v) => s.CacheBlocks = Count(v, "cache_blocks", 4096)),
            Own("keep_module", "", "leave the module kheaders loaded when it was loaded for this mount", static (s, _) => s.KeepModule = true),
            Flag("noexec", MountFlags.MS_NOEXEC, "nothing in the tree can be executed"),
            new MountOption("exec", OptionKind.ClearMountFlag, Flags: MountFlags.MS_NOEXEC),
            Flag("nosuid", MountFlags.MS_NOSUID, ""),
            Flag("nodev", MountFlags.MS_NODEV, ""),
            Flag("sync", MountFlags.MS_SYNCHRONOUS, ""),
            Flag("dirsync", MountFlags.MS_DIRSYNC, ""),
        ];
        foreach (string name in (string[])["context", "fscontext", "defcontext", "rootcontext"])
        {
            table.Add(new MountOption(name, OptionKind.Kernel, "CONTEXT", "SELinux context, for the kernel"));
        }

        table.AddRange(IgnoredNames.Split(' ').Select(static n => new MountOption(n, OptionKind.Ignored)));
        return table;
    }

    private static MountOption Own(string name, string argument, string help, Action<MountSettings, string> apply) =>
        new(name, OptionKind.Own, argument, help, Apply: apply);

    private static MountOption Flag(string name, MountFlags flags, string help) =>
        new(name, OptionKind.MountFlag, "", help, flags);

    private static uint Number(string value, string name) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) && number != uint.MaxValue
            ? number
            : throw new ProgramException(ExitCode.Usage, $"-o {name}={value}: not a number");

    private static int Count(string value, string name, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= most
            ? number
            : throw new ProgramException(ExitCode.Usage, $"-o {name}={value}: give a number from 1 to {most}");

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
            : throw new ProgramException(ExitCode.Usage, $"-o umask={value}: give an octal number from 0 to 777");
    }
}
