using System.Text;
using KHeadersFs.Commands;

namespace KHeadersFs.Options;

/// <summary>What -h, --help-all and -V print.</summary>
internal static class HelpText
{
    private const int HelpColumn = 29;

    /// <summary>The options that most people look for, by what they are about.</summary>
    private static readonly (string Subject, string Names)[] s_usual =
    [
        ("place", "mkdir force nonempty root modules"),
        ("tree", "subdir uapi kbuild"),
        ("owner", "uid gid umask allow_other"),
        ("speed", "cache prime"),
        ("server", "idle log pidfile setuid"),
        ("kernel", "release keep_module"),
    ];

    /// <summary>The version of this build.</summary>
    internal static string Version { get; } = typeof(HelpText).Assembly.GetName().Version!.ToString(3);

    /// <summary>
    /// All of the command line for programs: the man page and the completions are made from it. A line each of fields that tabs separate:
    /// name (and "=ARGUMENT"), kind, help. Of a "command" follow its options and its operand; the other kinds are "switch" and, of -o,
    /// "own", "flag", "kernel", "ignored".
    /// </summary>
    internal static string OptionList()
    {
        var text = new StringBuilder();
        foreach (Command command in Command.All)
        {
            text.Append($"{command.Name}\tcommand\t{command.Summary}\t{string.Join(' ', command.Flags)}\t{command.Operand}\n");
        }

        foreach (Switch option in Switch.All)
        {
            text.Append($"{Form(option.Name, option.Argument)}\tswitch\t{option.Help}\n");
        }

        foreach (MountOption option in OptionTable.All)
        {
            string kind = option.Kind switch
            {
                OptionKind.Own => "own",
                OptionKind.Kernel => "kernel",
                OptionKind.Ignored => "ignored",
                _ => "flag",
            };
            text.Append($"{Form(option)}\t{kind}\t{option.Help}\n");
        }

        return text.ToString();
    }

    /// <summary>-h: what fits a screen of 24 lines and 80 columns.</summary>
    internal static string Help()
    {
        var text = new StringBuilder();
        text.Append("""
            Usage: kheadersfs [-f] [-v] [-o OPTION,...] ARCHIVE DIR   mount an archive
                   kheadersfs -u DIR                                  unmount it

            """);
        foreach (Command command in Command.All)
        {
            text.Append($"       {UsageOf(command, [.. command.Flags.Where(static f => f is not "-o")]),-51}{command.Summary}\n");
        }

        text.Append("""
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

    /// <summary>--help-all: every command and option, with what it does.</summary>
    internal static string HelpAll()
    {
        var text = new StringBuilder();
        text.Append("""
            Usage: kheadersfs [-f] [-v] [-o OPTION,...] ARCHIVE DIR
                   kheadersfs -u DIR

            """);
        foreach (Command command in Command.All)
        {
            text.Append($"       {UsageOf(command, command.Flags.Select(static f => f is "-o" ? "-o OPTION,..." : f))}\n");
        }

        text.Append("""
            Mounts a kernel's headers archive (kheaders.tar.xz, .zst, .gz, .tar) on DIR,
            read-only, without unpacking it. ARCHIVE is "kheaders" for the running kernel's
            own, "release:R" for that of the installed kernel R, the path of an archive or
            of a kernel's module kheaders.ko, or "-" for standard input. "umount DIR"
            unmounts it and ends the server.

            Commands, as the first word; --json is for programs; an archive called status is
            ./status:

            """);
        foreach (Command command in Command.All)
        {
            AppendEntry(text, command.Name, command.Help);
        }

        text.Append("\nOptions:\n");
        foreach (Switch option in Switch.All)
        {
            AppendEntry(text, Form(option.Name, option.Argument).Replace('=', ' '), option.Help);
        }

        text.Append("\nOptions of -o (those of mount(8) that do not apply are accepted and ignored):\n");
        foreach (MountOption option in OptionTable.All.Where(static o => o.Help.Length > 0))
        {
            AppendEntry(text, Form(option), option.Help);
        }

        text.Append("""

            Signals to the server: SIGTERM and SIGINT unmount, SIGUSR1 logs its counters as
            a line of JSON, SIGUSR2 has the program that is installed by now take over.
            Exit status: 0 mounted, 1 usage, 2 system, 4 bug, 8 interrupted, 16 status: no
            mount or no answer, 32 mount failure.

            """);
        return text.ToString();
    }

    private static void AppendEntry(StringBuilder text, string name, string help)
    {
        text.Append("  ").Append(name.PadRight(HelpColumn - 4)).Append("  ");
        WrappedText.Append(text, HelpColumn, help);
    }

    private static string UsageOf(Command command, IEnumerable<string> flags) =>
        $"kheadersfs {command.Name} {string.Join(' ', flags.Select(static f => $"[{f}]"))}{(command.Operand.Length == 0 ? "" : $" [{command.Operand}]")}";

    private static string Form(MountOption option) => Form(option.Name, option.Argument);

    private static string Form(string name, string argument) => argument.Length == 0 ? name : $"{name}={argument}";
}
