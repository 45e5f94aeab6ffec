using KHeadersFs.Commands;

namespace KHeadersFs.Options;

/// <summary>Reads the command line, our own or that of a mount helper (mount(8), "EXTERNAL HELPERS").</summary>
internal sealed class CommandLine
{
    private readonly MountSettings _settings;
    private readonly bool _isHelper;
    private readonly List<string> _operands = [];
    private CommandKind _command = CommandKind.Mount;

    private CommandLine(MountSettings settings, bool isHelper)
    {
        _settings = settings;
        _isHelper = isHelper;
    }

    /// <summary>Parses the arguments of the program.</summary>
    /// <param name="name">argv[0]: as mount.TYPE, "-f" means a fake mount and not the foreground.</param>
    /// <param name="arguments">The others.</param>
    /// <param name="settings">Takes what they ask for.</param>
    /// <exception cref="ProgramException">Usage: the message names the argument that is wrong.</exception>
    internal static CommandKind Parse(string name, string[] arguments, MountSettings settings)
    {
        bool isHelper = Path.GetFileName(name).StartsWith("mount.", StringComparison.Ordinal);
        return new CommandLine(settings, isHelper).Parse(arguments);
    }

    private CommandKind Parse(string[] arguments)
    {
        // By its place alone: after an option or "--", and for a mount helper, the same word is an archive's name.
        if (!_isHelper && arguments is [var first, .. var rest] && Command.Find(first) is { } command)
        {
            return ParseCommand(command, rest);
        }

        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument is "--")
            {
                _operands.AddRange(arguments[(i + 1)..]);
                break;
            }

            if (argument.Length < 2 || argument[0] != '-')
            {
                _operands.Add(argument);
            }
            else if (TakesValue(argument))
            {
                if (++i == arguments.Length)
                {
                    throw Usage($"{argument}: its value is missing");
                }

                TakeOption(argument, arguments[i]);
            }
            else if (argument.StartsWith("-o", StringComparison.Ordinal))
            {
                TakeOption("-o", argument[2..]);
            }
            else
            {
                TakeFlag(argument);
            }
        }

        return Finish();
    }

    private CommandKind ParseCommand(Command command, string[] arguments)
    {
        string name = command.Name;
        bool isOperand = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (isOperand || argument.Length < 2 || argument[0] != '-')
            {
                _operands.Add(argument);
                continue;
            }

            switch (argument)
            {
                case "--":
                    isOperand = true;
                    break;
                case "--check" when command.HasCheck:
                    _settings.Check = true;
                    break;
                case "--json":
                    _settings.Json = true;
                    break;
                case "-o" when command.Subject is CommandSubject.Archive && i + 1 < arguments.Length:
                    ApplyOptions(arguments[++i]);
                    break;
                case "-h" or "--help":
                    return CommandKind.Help;
                default:
                    throw Usage($"{name}: {argument}: unknown option (an archive called {name} is ./{name})");
            }
        }

        int most = command.Subject is CommandSubject.Machine ? 0 : 1;
        if (_operands.Count > most)
        {
            throw Usage($"{name}: {_operands[most]}: one operand too many");
        }

        bool isArchive = command.Subject is CommandSubject.Archive;
        if (_operands is [""])
        {
            throw Usage($"{name}: {(isArchive ? "ARCHIVE" : "DIR")}: is an empty string");
        }

        string? operand = _operands is [var given] ? given : null;
        if (isArchive)
        {
            _settings.Source = operand ?? "kheaders";
        }
        else
        {
            _settings.Directory = operand ?? "";
        }

        _settings.Command = command;
        return CommandKind.Answer;
    }

    private bool TakesValue(string argument) => argument is "-o" or "--options" || (_isHelper && argument is "-N" or "-t");

    private void TakeOption(string option, string value)
    {
        switch (option)
        {
            case "-N":
                _settings.Namespace = value;
                break;
            case "-t":
                break;
            default:
                _settings.Arguments.Add("-o");
                _settings.Arguments.Add(value);
                ApplyOptions(value);
                break;
        }
    }

    private void TakeFlag(string flag)
    {
        switch (flag)
        {
            case "-h" or "--help":
                _command = CommandKind.Help;
                break;
            case "--help-all":
                _command = CommandKind.HelpAll;
                break;
            case "-V" or "--version":
                _command = CommandKind.Version;
                break;
            case "--list-options":
                _command = CommandKind.ListOptions;
                break;
            case "-v" or "--verbose":
                _settings.Arguments.Add(flag);
                _settings.Verbose = true;
                break;
            case "-f" when _isHelper:
                _settings.Fake = true;
                break;
            case "-s":
                _settings.Sloppy = true;
                break;
            case "-n" when _isHelper:
                break;
            case "-f" or "--foreground":
                _settings.Arguments.Add(flag);
                _settings.Foreground = true;
                break;
            case "-u" or "--unmount":
                _command = CommandKind.Unmount;
                break;
            default:
                throw Usage($"{flag}: unknown option");
        }
    }

    private CommandKind Finish()
    {
        if (_command == CommandKind.Unmount && _operands is [{ Length: > 0 }])
        {
            _settings.Directory = _operands[0];
        }
        else if (_command == CommandKind.Unmount)
        {
            throw Usage("-u: give the one DIR to unmount");
        }
        else if (_command == CommandKind.Mount)
        {
            if (_operands.Count != 2)
            {
                throw Usage(_operands.Count < 2
                    ? "usage: ARCHIVE and DIR are both needed"
                    : $"{_operands[2]}: one operand too many");
            }

            if (_operands.IndexOf("") is >= 0 and int empty)
            {
                throw Usage($"{(empty == 0 ? "ARCHIVE" : "DIR")}: is an empty string");
            }

            // "kheadersfs#SOURCE" is how fstab lines named the program before "fuse.TYPE" (mount.fuse(8)).
            const string old = "kheadersfs#";
            string source = _operands[0];
            _settings.Source = source.StartsWith(old, StringComparison.Ordinal) ? source[old.Length..] : source;
            _settings.Directory = _operands[1];
            RefuseContradictions();
        }

        return _command;
    }

    private void RefuseContradictions()
    {
        string? fault = _settings switch
        {
            { Uapi: true, Kbuild: true } => "uapi,kbuild: each is another tree; give one of them",
            { Uapi: true, Release: ReleasePolicy.Check } =>
                "uapi,release=check: headers for programs do not tell their kernel's release; give one of them",
            { Kbuild: true, CacheDirectory.Length: > 0 } => "kbuild,cache: what comes from outside of the archive is not kept; give one of them",
            _ => null,
        };
        if (fault is not null)
        {
            throw Usage($"-o {fault}");
        }
    }

    private void ApplyOptions(string list)
    {
        foreach (string option in SplitOptions(list))
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? option : option[..equals];
            string value = equals < 0 ? "" : option[(equals + 1)..];
            MountOption? entry = OptionTable.Find(name, equals < 0 ? null : value);
            if (entry is null && !_settings.Sloppy)
            {
                throw Usage($"-o {option}: unknown option");
            }

            Apply(entry, option, value);
        }
    }

    private void Apply(MountOption? entry, string option, string value)
    {
        switch (entry?.Kind)
        {
            case OptionKind.MountFlag:
                _settings.Flags |= entry.Flags;
                break;
            case OptionKind.ClearMountFlag:
                _settings.Flags &= ~entry.Flags;
                break;
            case OptionKind.Kernel:
                _settings.KernelOptions += _settings.KernelOptions.Length == 0 ? option : "," + option;
                break;
            default:
                entry?.Apply?.Invoke(_settings, value);
                break;
        }
    }

    /// <summary>Splits at commas that are outside of double quotes, as libmount does for SELinux contexts.</summary>
    private static IEnumerable<string> SplitOptions(string list)
    {
        int start = 0;
        bool quoted = false;
        for (int i = 0; i <= list.Length; i++)
        {
            if (i < list.Length && list[i] == '"')
            {
                quoted = !quoted;
            }
            else if (i == list.Length || (list[i] == ',' && !quoted))
            {
                if (i > start)
                {
                    yield return list[start..i];
                }

                start = i + 1;
            }
        }
    }

    private static ProgramException Usage(string message) =>
        new(ExitCode.Usage, message + "; kheadersfs --help-all lists what there is");
}
