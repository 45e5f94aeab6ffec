using System.Text;

namespace KHeadersFs.Options;

/// <summary>What -h, --help-all and -V print.</summary>
internal static class HelpText
{
    /// <summary>The options that most people look for, by what they are about.</summary>
    private static readonly (string Subject, string Names)[] s_usual =
    [
        ("place", "mkdir subdir force nonempty"),
        ("owner", "uid gid umask allow_other"),
        ("speed", "cache prime"),
        ("server", "idle log pidfile setuid"),
        ("kernel", "release keep_module"),
    ];

    /// <summary>The version of this build.</summary>
    internal static string Version { get; } = typeof(HelpText).Assembly.GetName().Version!.ToString(3);

    /// <summary>
    /// The option table for programs, which the man page and the completions are made from: a line per option of name (and
    /// "=ARGUMENT"), kind and help, separated by tabs.
    /// </summary>
    internal static string OptionList() => string.Concat(OptionTable.All.Select(static o =>
    {
        string kind = o.Kind switch
        {
            OptionKind.Own => "own",
            OptionKind.Kernel => "kernel",
            OptionKind.Ignored => "ignored",
            _ => "flag",
        };
        return $"{Form(o)}\t{kind}\t{o.Help}\n";
    }));

    /// <summary>-h: what fits a screen of 24 lines and 80 columns.</summary>
    internal static string Help()
    {
        var text = new StringBuilder();
        text.Append("""
            Usage: kheadersfs [-f] [-v] [-o OPTION,...] ARCHIVE DIR   mount an archive
                   kheadersfs -u DIR                                  unmount it
                   kheadersfs status [--check] [--json] [DIR]         what is mounted
                   kheadersfs cflags [--json] [DIR]                   flags for clang
                   kheadersfs verify [--json] [ARCHIVE]               an archive's faults
            Mounts a kernel's headers archive on DIR, read-only, without unpacking it.
            ARCHIVE is "kheaders" for the running kernel's own, "release:R" for that of the
            installed kernel R, the path of an archive or of a module kheaders.ko, or "-".

              -f  stay in the foreground     -v  say what is done     -V  print the version

            """);
        foreach ((string subject, string names) in s_usual)
        {
            text.Append("  ").Append(subject.PadRight(8));
            foreach (string name in names.Split(' '))
            {
                text.Append("  ").Append(Form(OptionTable.All.First(o => string.Equals(o.Name, name, StringComparison.Ordinal))));
            }

            text.Append('\n');
        }

        text.Append("""

            Exit status: 0 mounted, 1 usage, 2 system, 4 bug, 8 interrupted, 16 no answer,
            32 mount failure.
            All options, and what they do: kheadersfs --help-all, or man kheadersfs

            """);
        return text.ToString();
    }

    /// <summary>--help-all: every option with its line.</summary>
    internal static string HelpAll()
    {
        var text = new StringBuilder();
        text.Append("""
            Usage: kheadersfs [-f] [-v] [-o OPTION,...] ARCHIVE DIR
                   kheadersfs -u DIR
                   kheadersfs status [--check] [--json] [DIR]
                   kheadersfs cflags [--json] [DIR]
                   kheadersfs verify [--json] [-o OPTION,...] [ARCHIVE]
            Mounts a kernel's headers archive (kheaders.tar.xz, .zst, .gz, .tar) on DIR, read-only, without unpacking it.
            ARCHIVE is "kheaders" for the running kernel's own, "release:R" for that of the installed kernel R, the path of an
            archive or of a kernel's module kheaders.ko, or "-" for standard input.
            "umount DIR" unmounts it and ends the server.

              status      tell what is mounted, by whom, since when, what serves it and what it was asked; on DIR, or anywhere
                          --check: 16 unless it answers within 5 s, for health probes; --json: for programs
              cflags      print the flags with which clang compiles BPF programs against the headers in DIR (default: the running
                          kernel's): clang $(kheadersfs cflags) ...; --json: for programs
              verify      read ARCHIVE to its end and mount nothing: 0, or 1 and its first fault; --json: for programs
                          (commands are so as the first word; an archive called status is ./status)
              -u DIR      unmount what you have mounted on DIR
              -f          stay in the foreground, log to stderr
              -v          say what is done
              -o OPTION   mount options, separated by commas
              -h          print what fits a screen
              --help-all  print this
              -V          print the version

            Options of -o (those of mount(8) that do not apply are accepted and ignored):

            """);
        foreach (MountOption option in OptionTable.All.Where(static o => o.Help.Length > 0))
        {
            text.Append("  ").Append(Form(option).PadRight(26)).Append("  ").Append(option.Help).Append('\n');
        }

        text.Append("""

            Signals to the server: SIGTERM and SIGINT unmount, SIGUSR1 logs its counters as a line of JSON,
            SIGUSR2 has the program that is installed by now take over.
            Exit status: 0 mounted, 1 usage, 2 system, 4 bug, 8 interrupted, 16 status: no mount or no answer, 32 mount failure.

            """);
        return text.ToString();
    }

    private static string Form(MountOption option) => option.Argument.Length == 0 ? option.Name : $"{option.Name}={option.Argument}";
}
