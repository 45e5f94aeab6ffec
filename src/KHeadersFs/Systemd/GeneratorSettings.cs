using System.Globalization;
using KHeadersFs.Options;
using KHeadersFs.Posix;

namespace KHeadersFs.Systemd;

/// <summary>
/// What /etc/kheadersfs.conf says: lines of NAME=VALUE; empty ones and those that begin with # or ; do not count. A line that is wrong
/// costs one line in the log, and the rest counts.
/// </summary>
internal sealed class GeneratorSettings
{
    /// <summary>Below /etc, which is there before anything else is mounted, when generators run.</summary>
    internal const string Path = "/etc/kheadersfs.conf";

    private const int MostSeconds = 1_000_000;

    /// <summary>kernels=.</summary>
    internal KernelChoice Kernels { get; private set; } = KernelChoice.Booted;

    /// <summary>idle=: seconds without use after which a mount goes; 0 for never.</summary>
    internal int IdleSeconds { get; private set; } = 300;

    /// <summary>options=: more options of -o, separated by commas.</summary>
    internal string Options { get; private set; } = "";

    /// <summary>Whether there is such a file.</summary>
    internal bool IsThere { get; private init; }

    /// <summary>Reads the file, if there is one.</summary>
    /// <param name="warn">Takes a line for each line that is wrong.</param>
    internal static GeneratorSettings Read(Action<string> warn)
    {
        string[] lines;
        try
        {
            lines = PosixFile.ReadText(Path).Split('\n');
        }
        catch (PosixException e) when (e.Errno is PosixException.ENOENT)
        {
            return new GeneratorSettings();
        }
        catch (PosixException e)
        {
            warn($"{Path}: {e.Reason}; see that it is a file that can be read");
            return new GeneratorSettings();
        }

        var settings = new GeneratorSettings { IsThere = true };
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line is not ("" or ['#' or ';', ..]) && settings.Problem(line) is { } problem)
            {
                warn(string.Create(CultureInfo.InvariantCulture, $"{Path}:{i + 1}: {problem}"));
            }
        }

        return settings;
    }

    /// <summary>Takes one line; what is wrong with it and what to do, or null.</summary>
    private string? Problem(string line)
    {
        string[] halves = line.Split('=', 2, StringSplitOptions.TrimEntries);
        string value = halves[^1];
        switch (halves)
        {
            case ["kernels", "booted" or "all" or "none"]:
                Kernels = value is "all" ? KernelChoice.All : value is "none" ? KernelChoice.None : KernelChoice.Booted;
                return null;
            case ["kernels", _]:
                return $"{line}: unknown; give booted, all or none";
            case ["idle", _]:
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) || seconds > MostSeconds)
                {
                    return string.Create(CultureInfo.InvariantCulture, $"{line}: out of range; give seconds, 1 to {MostSeconds}, or 0 to stay mounted");
                }

                IdleSeconds = seconds;
                return null;
            case ["options", _]:
                if (OptionsProblem(value) is { } problem)
                {
                    return problem;
                }

                Options = value;
                return null;
            default:
                return $"{line}: unknown; give kernels=, idle= or options=";
        }
    }

    /// <summary>Found here, and not when somebody looks into the directory.</summary>
    private static string? OptionsProblem(string options)
    {
        if (!UnitText.IsPlain(options))
        {
            return $"options={options}: has a character that a unit cannot hold; give letters, digits and {UnitText.PlainMarks}";
        }

        try
        {
            _ = CommandLine.Parse("mount.kheadersfs", ["-o", options, "kheaders", "/"], new MountSettings());
            return null;
        }
        catch (ProgramException e)
        {
            return e.Message;
        }
    }
}
