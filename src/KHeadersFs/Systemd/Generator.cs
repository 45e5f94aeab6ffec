using System.Globalization;
using System.Text;
using KHeadersFs.Logging;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using KHeadersFs.Sources;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Systemd;

/// <summary>
/// The program by the name of kheadersfs-generator: a generator of systemd (systemd.generator(7)), which writes the units that mount a
/// kernel's headers when somebody looks. systemd runs it at boot and at each daemon-reload, and waits for it.
/// </summary>
/// <param name="log">Takes what is wrong.</param>
internal sealed class Generator(Log log)
{
    private const string Name = "kheadersfs-generator";
    private const string Service = "kheadersfs.service";
    private const string Target = "kheadersfs.target";
    private const uint ReadableByAll = 0x1A4; // 0644
    private const uint Everything = 0x1ED; // 0755

    /// <summary>Where links say that a unit is started at boot: of the administrator, of this boot, of the distribution.</summary>
    private static readonly string[] s_unitDirectories = ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"];

    private readonly HashSet<string> _places = new(StringComparer.Ordinal);

    /// <summary>True for the generator's name, of argv[0].</summary>
    internal static bool IsAskedFor(string program) => string.Equals(Path.GetFileName(program), Name, StringComparison.Ordinal);

    /// <summary>Writes the units.</summary>
    /// <param name="arguments">
    /// Three directories, for units before, between and behind all others. It is the last one that is used: what an administrator, fstab
    /// or a package says about the same directory comes first.
    /// </param>
    /// <exception cref="ProgramException">The arguments are wrong.</exception>
    /// <exception cref="PosixException">A unit cannot be written.</exception>
    internal ExitCode Run(string[] arguments)
    {
        if (arguments is not [_, _, { Length: > 0 } directory])
        {
            throw new ProgramException(ExitCode.Usage, $"{Name}: usage: NORMAL-DIR EARLY-DIR LATE-DIR; systemd runs it, and kheadersfs mounts");
        }

        GeneratorSettings settings = GeneratorSettings.Read(log.Warn);

        // In an initial RAM disk nobody compiles, and what is mounted there is in the way of the root that comes.
        if (settings.Kernels is KernelChoice.None || PosixFile.Exists("/etc/initrd-release"))
        {
            return ExitCode.Success;
        }

        string booted = KernelArchive.RunningRelease;
        if (KernelArchive.IsThere || InstalledModule.FindFile(booted) is not null)
        {
            Write(directory, booted, isBooted: true, settings);
        }

        foreach (string release in settings.Kernels is KernelChoice.All ? PosixDirectory.List(InstalledModule.Place) : [])
        {
            if (release is not ("." or "..") && !string.Equals(release, booted, StringComparison.Ordinal) && InstalledModule.FindFile(release) is not null)
            {
                Write(directory, release, isBooted: false, settings);
            }
        }

        return ExitCode.Success;
    }

    private void Write(string directory, string release, bool isBooted, GeneratorSettings settings)
    {
        // Two names of one kernel: the first counts, and that is the one that runs.
        if (HeadersPlace.Find(release) is not { } place || !_places.Add(place))
        {
            return;
        }

        if (!UnitText.IsPlain(release) || !UnitText.IsPlain(place))
        {
            log.Warn($"{place}: has a character that a unit cannot hold; mount it by hand");
            return;
        }

        string name = UnitText.Escape(place);
        string automount = $"{name}.automount";
        string pidFile = $"/run/kheadersfs/{name.Replace('\\', '_')}.pid";
        string[] options =
        [
            "cache=/var/cache/kheadersfs",
            .. settings.Options.Length > 0 ? [settings.Options] : Array.Empty<string>(),
            .. settings.IdleSeconds > 0 ? [string.Create(CultureInfo.InvariantCulture, $"idle={settings.IdleSeconds}")] : Array.Empty<string>(),
            $"pidfile={pidFile}",
        ];
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["RELEASE"] = release,
            ["WHAT"] = isBooted ? "kheaders" : $"release:{release}",
            ["WHERE"] = place,
            ["AROUND"] = HeadersPlace.Around(place),
            ["OPTIONS"] = string.Join(',', options),
            ["PIDFILE"] = pidFile,
            ["PROGRAM"] = LinklessPath.TargetOf(ProgramImage.Path) ?? "kheadersfs",
            ["AUTOMOUNT"] = automount,
            ["MOUNT"] = $"{name}.mount",
            ["SERVER"] = $"kheadersfs-server@{name}.service",
            ["DIRECTORY"] = $"kheadersfs-directory@{name}.service",
            ["CONFLICT"] = isBooted ? $"# There for good: whichever is started stops the other one.\nConflicts={Service}\nBefore={Service}" : "",
            ["BEFORE"] = isBooted ? $"Before={automount} {Service}" : $"Before={automount}",

            // systemd then says that a daemon-reload is needed when the file has changed.
            ["SOURCE"] = settings.IsThere ? $"SourcePath={GeneratorSettings.Path}\n" : "",
        };
        WriteUnit(directory, automount, UnitText.Automount, values);
        WriteUnit(directory, values["MOUNT"], UnitText.Mount, values);
        WriteUnit(directory, values["SERVER"], UnitText.Server, values);
        WriteUnit(directory, values["DIRECTORY"], UnitText.Directory, values);

        // The service is there always. What is not armed can be started by hand all the same, and stops the service then.
        if (!isBooted || !IsServiceEnabled())
        {
            Arm(directory, automount, values);
        }
    }

    /// <summary>
    /// At boot, and when the target is started by hand, but at no other time. Not by a target that comes before services: a start of any
    /// service asks for those again, and so would arm what somebody has stopped, or stop the service that conflicts with it.
    /// </summary>
    private static void Arm(string directory, string automount, Dictionary<string, string> values)
    {
        if (PosixDirectory.TryMake($"{directory}/{Target}.wants", Everything))
        {
            WriteUnit(directory, Target, UnitText.Target, values);
            _ = PosixDirectory.TryMake($"{directory}/multi-user.target.wants", Everything);
            PosixFile.Link($"../{Target}", $"{directory}/multi-user.target.wants/{Target}");
        }

        PosixFile.Link($"../{automount}", $"{directory}/{Target}.wants/{automount}");
    }

    private static void WriteUnit(string directory, string name, ReadOnlySpan<byte> template, Dictionary<string, string> values)
    {
        using SafeFileHandle file = PosixFile.Create($"{directory}/{name}", ReadableByAll);
        PosixFile.Write(file, Encoding.UTF8.GetBytes(UnitText.Fill(template, values)), name);
    }

    private static bool IsServiceEnabled() => Array.Exists(s_unitDirectories, static directory => PosixDirectory.List(directory).Exists(name =>
        (name.EndsWith(".wants", StringComparison.Ordinal) || name.EndsWith(".requires", StringComparison.Ordinal))
        && FileStatus.Of($"{directory}/{name}/{Service}", followLink: false) is not null));
}
