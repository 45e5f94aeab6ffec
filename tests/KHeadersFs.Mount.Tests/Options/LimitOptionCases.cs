using System.Text;

namespace KHeadersFs.Mount.Tests;

/// <summary>Options about what an archive may ask for: mounted at the limit, and refused or told of one beyond it.</summary>
internal static class LimitOptionCases
{
    private const int MiB = 1 << 20;

    internal static Dictionary<string, Action<OptionCase>[]> All { get; } = new(StringComparer.Ordinal)
    {
        ["limit_compressed"] = [static c => c.Mounted("limit_compressed=1", Silent), static c => Refused(c, "limit_compressed", 1, Noise(c, MiB * 3 / 2))],
        ["limit_decoded"] = [static c => c.Mounted("limit_decoded=1", Silent), static c => Refused(c, "limit_decoded", 1, Blank(c, MiB * 3 / 2))],
        ["limit_decoder"] =
        [
            static c => c.Mounted("limit_decoder=3", Blank(c, 2 * MiB, "-6"), Silent),
            static c => Refused(c, "limit_decoder", 1, Blank(c, 2 * MiB, "-6")),
            static c => c.Mounted("limit_decoder=4", Zstd(c, 3 * MiB), Silent),
            static c => Refused(c, "limit_decoder", 3, Zstd(c, 3 * MiB)),
        ],
        ["limit_index"] = [static c => c.Mounted("limit_index=1", Silent), static c => c.Refused(FailedMount.Usage, "limit_index=0", "limit_index=0")],
        ["limit_store"] = [static c => c.Mounted("limit_store=1", Blank(c, 2 * MiB), Silent), static c => Refused(c, "limit_store", 1, Noise(c, MiB * 3 / 2))],
        ["limit_members"] = [static c => c.Mounted("limit_members=3", Silent), static c => Refused(c, "limit_members", 2)],
        ["limit_implied"] = [static c => c.Mounted("limit_implied=3", Silent), static c => Refused(c, "limit_implied", 2)],
        ["limit_text"] = [static c => c.Mounted("limit_text=2", Targets(c), Silent), static c => Refused(c, "limit_text", 1, Targets(c))],
        ["limit_name"] = [static c => c.Mounted("limit_name=30", Silent), static c => LeftOut(c, "limit_name", 29, c.Site.Archive)],
        ["limit_target"] = [static c => c.Mounted("limit_target=9", Link(c), Silent), static c => LeftOut(c, "limit_target", 8, Link(c))],
        ["limit_depth"] = [static c => c.Mounted("limit_depth=4", Deep(c), Silent), static c => LeftOut(c, "limit_depth", 3, Deep(c))],
        ["limit_path_steps"] = [static c => c.Mounted("limit_path_steps=9", Silent), static c => Refused(c, "limit_path_steps", 8)],
        ["limit_header"] = [static c => c.Mounted("limit_header=2", LongNames(c, 1), Silent), static c => Refused(c, "limit_header", 1, LongNames(c, 1))],
        ["limit_headers"] = [static c => c.Mounted("limit_headers=2", LongNames(c, 800), Silent), static c => Refused(c, "limit_headers", 1, LongNames(c, 800))],
        ["limit_link_steps"] = [static c => c.Mounted("limit_link_steps=1", Link(c), Silent), static c => Warned(c, "limit_link_steps=1", "limit_link_steps=N", Links(c))],
    };

    private static void Silent(MountEntry mount) => Assert.NotNull(mount);

    private static void Refused(OptionCase c, string option, int value, string? archive = null)
    {
        string options = FormattableString.Invariant($"{option}={value}");
        c.Refused(FailedMount.MountFailure, options, $"-o {option}=", archive);
    }

    /// <summary>Mounts without some members; a line of the log names the limit.</summary>
    private static void LeftOut(OptionCase c, string option, int value, string archive) =>
        Warned(c, FormattableString.Invariant($"release=ignore,{option}={value}"), $"({option})", archive);

    private static void Warned(OptionCase c, string options, string named, string archive)
    {
        ProcessRun run = Subject.Run(c.Site.Scratch, ["-o", options, archive, c.Directory]).Succeeded();
        Assert.Contains(named, run.Error, StringComparison.Ordinal);
        c.Site.AssertMounted();
        c.Site.Unmount();
    }

    private static string Noise(OptionCase c, int length)
    {
        byte[] noise = new byte[length];
        new Random(1).NextBytes(noise);
        return Fitting().File("include/noise", Convert.ToBase64String(noise)).Save(c.Site.Scratch, "--force");
    }

    private static string Blank(OptionCase c, int length, params string[] xz) =>
        Fitting().File("include/blank", new string(' ', length)).Save(c.Site.Scratch, ["--force", .. xz]);

    /// <summary>zstd's --long=22 looks back 4 MiB.</summary>
    private static string Zstd(OptionCase c, int length)
    {
        string archive = c.Site.Scratch.In("made.tar.zst");
        ProcessRun.Shell("xz -dc \"$1\" | zstd -q -f --long=22 -o \"$2\"", Blank(c, length), archive).Succeeded();
        return archive;
    }

    private static string Link(OptionCase c) => Fitting().Link("include/linux/link.h", "kconfig.h").Save(c.Site.Scratch, "--force");

    private static string Deep(OptionCase c) => Fitting().File("include/linux/can/raw.h", "").Save(c.Site.Scratch, "--force");

    private static string Links(OptionCase c) =>
        Fitting().Link("include/linux/a.h", "kconfig.h").Link("include/linux/b.h", "version.h").Save(c.Site.Scratch, "--force");

    private static string Targets(OptionCase c)
    {
        HandMadeArchive archive = Fitting();
        string target = new StringBuilder().Insert(0, "./", 1990).Append("include").ToString();
        for (int i = 0; i < 300; i++)
        {
            archive.Link(FormattableString.Invariant($"link{i}"), target);
        }

        return archive.Save(c.Site.Scratch, "--force");
    }

    /// <summary>Files whose names have 1,500 bytes, in an extended header of their own each.</summary>
    private static string LongNames(OptionCase c, int count)
    {
        HandMadeArchive archive = Fitting();
        string directory = string.Concat(Enumerable.Repeat(new string('d', 249) + "/", 6));
        for (int i = 0; i < count; i++)
        {
            archive.File(FormattableString.Invariant($"{directory}{i}"), "");
        }

        return archive.Save(c.Site.Scratch, "--force");
    }

    private static HandMadeArchive Fitting() => FittingArchive.Of(FittingArchive.RunningRelease);
}
