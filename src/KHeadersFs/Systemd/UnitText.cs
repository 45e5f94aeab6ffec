using System.Buffers;
using System.Globalization;
using System.Text;

namespace KHeadersFs.Systemd;

/// <summary>The text of the units for one kernel. In the templates @NAME@ stands for a value.</summary>
/// <remarks>The templates are UTF-8: strings of that length would be made at each start of the program.</remarks>
internal static class UnitText
{
    /// <summary>What may stand in a unit besides letters and digits: nothing that systemd or a shell takes for more than itself.</summary>
    internal const string PlainMarks = "/._+~:@,=-";

    private static readonly SearchValues<char> s_plain =
        SearchValues.Create(PlainMarks + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

    /// <summary>Starts the automounts.</summary>
    internal static ReadOnlySpan<byte> Target => """
        # Written by kheadersfs-generator, see kheadersfs(8).
        [Unit]
        Description=Headers of installed kernels, mounted when somebody looks
        Documentation=man:kheadersfs(8)
        @SOURCE@
        """u8;

    /// <summary>Somebody looks into the directory, and the mount is started.</summary>
    internal static ReadOnlySpan<byte> Automount => """
        # Written by kheadersfs-generator, see kheadersfs(8).
        [Unit]
        Description=Headers of kernel @RELEASE@, mounted when somebody looks
        Documentation=man:kheadersfs(8)
        @SOURCE@Wants=@DIRECTORY@
        After=@DIRECTORY@
        @CONFLICT@
        # The directory has to be made, or to be there.
        ConditionPathIsReadWrite=|@AROUND@
        ConditionPathExists=|@WHERE@

        [Automount]
        Where=@WHERE@

        """u8;

    /// <summary>
    /// The mount. The server stays in its control group, and under its confinement: that of kheadersfs.service, and what mount(8) needs.
    /// </summary>
    internal static ReadOnlySpan<byte> Mount => """
        # Written by kheadersfs-generator, see kheadersfs(8).
        [Unit]
        Description=Headers of kernel @RELEASE@
        Documentation=man:kheadersfs(8)
        @SOURCE@Wants=modprobe@fuse.service @SERVER@
        After=modprobe@fuse.service
        RequiresMountsFor=/var/cache

        [Mount]
        What=@WHAT@
        Where=@WHERE@
        Type=fuse.kheadersfs
        Options=@OPTIONS@
        TimeoutSec=120
        LazyUnmount=yes
        CapabilityBoundingSet=CAP_SETGID CAP_SETUID CAP_SYS_ADMIN CAP_SYS_MODULE
        DeviceAllow=/dev/fuse rw
        DevicePolicy=closed
        IPAddressDeny=any
        LockPersonality=yes
        MemoryDenyWriteExecute=yes
        NoNewPrivileges=yes
        ProtectClock=yes
        ProtectHostname=yes
        RestrictAddressFamilies=AF_UNIX
        RestrictNamespaces=yes
        RestrictRealtime=yes
        RestrictSUIDSGID=yes
        SystemCallArchitectures=native
        SystemCallErrorNumber=EPERM
        SystemCallFilter=@system-service
        SystemCallFilter=~@privileged @resources @ipc @keyring @aio @chown
        SystemCallFilter=memfd_create pipe pipe2 seccomp capset mount umount2 open_tree init_module finit_module delete_module setgid setgroups setuid

        """u8;

    /// <summary>
    /// The server, as a service without a process of its own: process 1 is the server's parent, and notices its end. If it was killed or
    /// has failed, what is left of the mount is taken away, so that the next look mounts again.
    /// </summary>
    internal static ReadOnlySpan<byte> Server => """
        # Written by kheadersfs-generator, see kheadersfs(8).
        [Unit]
        Description=Server of the headers of kernel @RELEASE@
        Documentation=man:kheadersfs(8)
        DefaultDependencies=no
        BindsTo=@MOUNT@
        After=@MOUNT@
        # Somebody else's mount on the same directory is that unit, too, and has no such file.
        ConditionPathExists=@PIDFILE@
        StartLimitIntervalSec=0

        [Service]
        Type=forking
        PIDFile=@PIDFILE@
        ExecStart=true
        ExecStopPost=-sh -c 'case $$SERVICE_RESULT in signal | core-dump | oom-kill | exit-code) exec @PROGRAM@ -u @WHERE@ ;; esac'
        TimeoutSec=10

        """u8;

    /// <summary>The directory, which systemd makes for the automount and leaves behind: bpftrace fails where it is empty.</summary>
    internal static ReadOnlySpan<byte> Directory => """
        # Written by kheadersfs-generator, see kheadersfs(8).
        [Unit]
        Description=Directory for the headers of kernel @RELEASE@
        Documentation=man:kheadersfs(8)
        DefaultDependencies=no
        PartOf=@AUTOMOUNT@
        @BEFORE@
        # What the directory is on is unmounted when the directory has gone: an automount has this without saying so.
        RequiresMountsFor=@AROUND@
        # It was made for the automount, if it is not there before it.
        ConditionPathExists=!@WHERE@

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=true
        ExecStop=-rmdir @WHERE@

        """u8;

    /// <summary>True for text that means itself in a unit and in a command of a unit.</summary>
    internal static bool IsPlain(string text) => text.AsSpan().IndexOfAnyExcept(s_plain) < 0;

    /// <summary>A path as the name of a unit, without its suffix (systemd.unit(5), "String escaping for inclusion in unit names").</summary>
    /// <param name="path">From the root, and not the root.</param>
    internal static string Escape(string path)
    {
        var name = new StringBuilder(path.Length);
        foreach (char c in path.AsSpan(1))
        {
            bool isKept = char.IsAsciiLetterOrDigit(c) || c is ':' or '_' || (c is '.' && name.Length > 0);
            _ = c is '/' ? name.Append('-') : isKept ? name.Append(c) : name.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
        }

        return name.ToString();
    }

    /// <summary>A template with its values; a line that is nothing but an empty value goes.</summary>
    internal static string Fill(ReadOnlySpan<byte> template, IReadOnlyDictionary<string, string> values)
    {
        var text = new StringBuilder(Encoding.UTF8.GetString(template));
        foreach ((string name, string value) in values)
        {
            _ = value.Length == 0 ? text.Replace($"@{name}@\n", "").Replace($"@{name}@", "") : text.Replace($"@{name}@", value);
        }

        return text.ToString();
    }
}
