using System.Globalization;
using System.Text;
using KHeadersFs.Fuse.Interop;

namespace KHeadersFs.Fuse;

/// <summary>How a connection is mounted. The mount is read-only, whatever is asked.</summary>
public sealed class MountOptions
{
    /// <summary>The flags of a careful mount; <see cref="MountFlags.MS_RDONLY"/> is added anyway.</summary>
    public MountFlags Flags { get; init; } = MountFlags.MS_RDONLY | MountFlags.MS_NOSUID | MountFlags.MS_NODEV;

    /// <summary>Whose mount it is (user_id=); the process's effective user. fusermount3 sets it itself.</summary>
    public uint UserId { get; init; } = LibC.GetEffectiveUserId();

    /// <summary>
    /// Group of the mount's owner (group_id=); the process's effective group. fusermount3 sets it itself.
    /// </summary>
    public uint GroupId { get; init; } = LibC.GetEffectiveGroupId();

    /// <summary>
    /// Others than the owner may enter (allow_other). Without it even another root context gets EACCES.
    /// </summary>
    public bool AllowOther { get; init; }

    /// <summary>The kernel checks permission bits itself and sends no ACCESS (default_permissions).</summary>
    public bool DefaultPermissions { get; init; } = true;

    /// <summary>
    /// Largest READ in bytes (max_read=). Also what keeps READs within the reply buffer where the kernel has no
    /// FUSE_MAX_PAGES and 64 KiB pages, so larger values than the default are refused.
    /// </summary>
    public int MaxRead { get; init; } = Negotiation.MaxRead;

    /// <summary>
    /// Further options for the kernel, verbatim, such as context=...; empty for none. fusermount3 refuses most.
    /// </summary>
    public string Extra { get; init; } = string.Empty;

    /// <summary>mount(2)'s data for a device that is open as <paramref name="descriptor"/> in this process.</summary>
    internal string ForKernel(int descriptor)
    {
        var data = new StringBuilder();
        data.Append(CultureInfo.InvariantCulture, $"fd={descriptor},rootmode=40000");
        data.Append(CultureInfo.InvariantCulture, $",user_id={UserId},group_id={GroupId}");
        AppendCommon(data);
        return data.ToString();
    }

    /// <summary>The -o argument of fusermount3, which escapes "," and "\" in names with "\".</summary>
    internal string ForFuserMount(string source, string type)
    {
        const string Prefix = "fuse.";
        var data = new StringBuilder("ro");
        data.Append(Flags.HasFlag(MountFlags.MS_NOSUID) ? ",nosuid" : ",suid");
        data.Append(Flags.HasFlag(MountFlags.MS_NODEV) ? ",nodev" : ",dev");
        data.Append(Flags.HasFlag(MountFlags.MS_NOEXEC) ? ",noexec" : string.Empty);
        data.Append(Flags.HasFlag(MountFlags.MS_SYNCHRONOUS) ? ",sync" : string.Empty);
        data.Append(Flags.HasFlag(MountFlags.MS_DIRSYNC) ? ",dirsync" : string.Empty);
        data.Append(Flags.HasFlag(MountFlags.MS_NOSYMFOLLOW) ? ",nosymfollow" : string.Empty); // 3.14 says that it does not know it, 3.18 does
        data.Append(CultureInfo.InvariantCulture, $",fsname={Escape(source)}");
        if (type.StartsWith(Prefix, StringComparison.Ordinal))
        {
            data.Append(CultureInfo.InvariantCulture, $",subtype={Escape(type[Prefix.Length..])}");
        }

        AppendCommon(data);
        return data.ToString();
    }

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal);

    private void AppendCommon(StringBuilder data)
    {
        if (MaxRead is < 4096 or > Negotiation.MaxRead)
        {
            throw new FuseException(
                "mount with", $"max_read={MaxRead}", Errno.EINVAL, $"4096 to {Negotiation.MaxRead} is possible");
        }

        data.Append(AllowOther ? ",allow_other" : string.Empty);
        data.Append(DefaultPermissions ? ",default_permissions" : string.Empty);
        data.Append(CultureInfo.InvariantCulture, $",max_read={MaxRead}");
        data.Append(Extra.Length == 0 ? string.Empty : "," + Extra);
    }
}
