namespace KHeadersFs.Options;

/// <summary>Reads the command line.</summary>
internal static class CommandLine
{
    /// <summary>Parses the arguments of the program.</summary>
    /// <exception cref="ProgramException">Usage: the message names the argument that is wrong.</exception>
    internal static CommandKind Parse(string[] arguments, MountSettings settings)
    {
        var operands = new List<string>();
        bool optionsEnded = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (optionsEnded || argument.Length < 2 || argument[0] != '-')
            {
                operands.Add(argument);
                continue;
            }

            if (argument is "--")
            {
                optionsEnded = true;
                continue;
            }

            settings.Arguments.Add(argument);
            switch (argument)
            {
                case "-h" or "--help":
                    return CommandKind.Help;
                case "-V" or "--version":
                    return CommandKind.Version;
                case "-f" or "--foreground":
                    settings.Foreground = true;
                    break;
                case "-v" or "--verbose":
                    settings.Verbose = true;
                    break;
                case "-o" or "--options":
                    string list = ++i < arguments.Length ? arguments[i] : throw Usage("-o: a list of options must follow");
                    settings.Arguments.Add(list);
                    ApplyOptions(list, settings);
                    break;
                default:
                    if (!argument.StartsWith("-o", StringComparison.Ordinal))
                    {
                        throw Usage($"{argument}: unknown option");
                    }

                    ApplyOptions(argument[2..], settings);
                    break;
            }
        }

        if (operands.Count != 2)
        {
            throw Usage(operands.Count < 2 ? "usage: ARCHIVE and DIR are both needed" : $"{operands[2]}: one operand too many");
        }

        (settings.Source, settings.Directory) = (operands[0], operands[1]);
        return CommandKind.Mount;
    }

    private static void ApplyOptions(string list, MountSettings settings)
    {
        foreach (string option in SplitOptions(list))
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? option : option[..equals];
            string value = equals < 0 ? "" : option[(equals + 1)..];
            MountOption entry = OptionTable.Find(name, equals >= 0) ?? throw Usage($"-o {option}: unknown option");
            switch (entry.Kind)
            {
                case OptionKind.MountFlag:
                    settings.Flags |= entry.Flags;
                    break;
                case OptionKind.ClearMountFlag:
                    settings.Flags &= ~entry.Flags;
                    break;
                case OptionKind.Kernel:
                    settings.KernelOptions += settings.KernelOptions.Length == 0 ? option : "," + option;
                    break;
                default:
                    entry.Apply?.Invoke(settings, value);
                    break;
            }
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
        new(ExitCode.Usage, message + "; kheadersfs -h lists what there is");
}
