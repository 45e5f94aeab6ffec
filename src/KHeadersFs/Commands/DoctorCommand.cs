using System.Text;
using KHeadersFs.Doctor;
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
    private const int StateColumn = 9;
    private const int TextColumn = 22;

    /// <summary>Looks at everything.</summary>
    internal static CommandResult Run(MountSettings settings)
    {
        string release = KernelArchive.RunningRelease;
        Finding build = PlaceChecks.FindBuild(release);
        Finding[] findings =
        [
            KernelChecks.FindArchive(release),
            KernelChecks.FindModules(release),
            SystemChecks.FindDevice(),
            SystemChecks.FindMounter(),
            SystemChecks.FindPermission(),
            SystemChecks.FindHelper(),
            SystemChecks.FindLimits(),
            build,
            PlaceChecks.FindDkms(),
            PlaceChecks.FindOthers(release),
            PlaceChecks.FindPropagation(release),
            KernelChecks.FindTypes(),
            ClientChecks.FindBcc(release, build),
            ClientChecks.FindBpftrace(release, build),
        ];
        return new CommandResult(
            Array.Exists(findings, static f => f.State is FindingState.Problem) ? ExitCode.Usage : ExitCode.Success,
            settings.Json ? ToJson(findings) : ToText(findings),
            "");
    }

    private static string ToText(Finding[] findings)
    {
        var text = new StringBuilder();
        foreach (Finding finding in findings)
        {
            text.Append(WordOf(finding.State).PadRight(StateColumn))
                .Append(finding.Check.PadRight(TextColumn - StateColumn))
                .Append(PathText.Printable(finding.Text))
                .Append('\n');
            if (finding.Command is not null)
            {
                text.Append(' ', TextColumn).Append(PathText.Printable(finding.Command)).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string ToJson(Finding[] findings) => $"{{\"findings\":[{string.Join(',', findings.Select(static f =>
        $"{{\"check\":{JsonText.Of(f.Check)},\"state\":{JsonText.Of(WordOf(f.State))},\"text\":{JsonText.Of(f.Text)},\"command\":{JsonText.Of(f.Command)}}}"))}]}}\n";

    private static string WordOf(FindingState state) => state switch
    {
        FindingState.Ok => "ok",
        FindingState.Warning => "warning",
        _ => "problem",
    };
}
