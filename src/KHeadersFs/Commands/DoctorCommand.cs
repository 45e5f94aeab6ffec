using System.Text;
using KHeadersFs.Doctor;
using KHeadersFs.Logging;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Sources;

namespace KHeadersFs.Commands;

/// <summary>
/// doctor: what this machine has and lacks, in the order in which a person would look. It changes nothing, mounts nothing and loads no
/// module.
/// </summary>
internal static class DoctorCommand
{
    private const int CheckColumn = 9;
    private const int TextColumn = 22;

    /// <summary>Looks at everything.</summary>
    internal static CommandResult Run(MountSettings settings)
    {
        string release = KernelArchive.RunningRelease;
        Finding archive = KernelChecks.FindArchive(release);
        var trees = new TreeChecks(release);
        Finding build = PlaceChecks.FindBuild(trees, archive);
        Finding[] findings =
        [
            archive,
            KernelChecks.FindModules(release),
            SystemChecks.FindDevice(),
            SystemChecks.FindMounter(),
            SystemChecks.FindPermission(),
            SystemChecks.FindHelper(),
            SystemChecks.FindLimits(),
            build,
            PackageChecks.FindLinks(release),
            PlaceChecks.FindDkms(),
            PlaceChecks.FindOthers(trees),
            PlaceChecks.FindPropagation(release),
            KernelChecks.FindTypes(),
            ClientChecks.FindBcc(trees, build, archive),
            ClientChecks.FindBpftrace(trees, build),
        ];
        return new CommandResult(
            Array.Exists(findings, static f => f.State is FindingState.Problem) ? ExitCode.Usage : ExitCode.Success,
            settings.Json ? ToJson(findings) : ToText(findings, Terminal.HasColour(Terminal.StandardOutput)),
            "");
    }

    /// <summary>A line for each, and one for its command, which is not broken.</summary>
    private static string ToText(Finding[] findings, bool inColour)
    {
        var text = new StringBuilder();
        foreach (Finding finding in findings)
        {
            string word = WordOf(finding.State);
            text.Append(inColour ? $"\u001b[{ColourOf(finding.State)}m{word}\u001b[m" : word)
                .Append(' ', CheckColumn - word.Length)
                .Append(finding.Check.PadRight(TextColumn - CheckColumn));
            WrappedText.Append(text, TextColumn, PathText.Printable(finding.Text));
            if (finding.Command is not null)
            {
                text.Append(' ', TextColumn).Append(PathText.Printable(finding.Command)).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string ToJson(Finding[] findings) => $"{{\"findings\":[{string.Join(',', findings.Select(static f =>
        $"{{\"check\":{JsonText.Of(f.Check)},\"state\":{JsonText.Of(WordOf(f.State))},\"text\":{JsonText.Of(f.Text)},\"command\":{JsonText.Of(f.Command)}}}"))}]}}\n";

    /// <summary>Green, yellow, red (ECMA-48, SGR).</summary>
    private static int ColourOf(FindingState state) => state switch
    {
        FindingState.Ok => 32,
        FindingState.Warning => 33,
        _ => 31,
    };

    private static string WordOf(FindingState state) => state switch
    {
        FindingState.Ok => "ok",
        FindingState.Warning => "warning",
        _ => "problem",
    };
}
