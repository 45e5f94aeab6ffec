using System.Globalization;
using KHeadersFs.Commands;
using KHeadersFs.Fuse;
using KHeadersFs.Headers;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;

namespace KHeadersFs.Doctor;

/// <summary>What is in a directory where a tool may look for headers. Another process looks, for whoever looks may wait for a server that hangs.</summary>
/// <param name="Place">The directory, symbolic links resolved as far as that is possible.</param>
/// <param name="Mount">The mount that it is in; null where the mount table does not show one.</param>
/// <param name="Tree">What is there; null where an automount would mount first, and where nothing answers.</param>
/// <param name="Release">The kernel that the tree names; null where it names none.</param>
/// <param name="Configuration">Its include/generated/autoconf.h; null where it has none.</param>
/// <param name="Owner">The user whom the directory belongs to; null where that is not known.</param>
/// <param name="NeedsExtensions">Whether a compiler reads its headers only with -fms-extensions.</param>
/// <param name="Description">What is there, to follow the directory's name: the sentence of <see cref="HeaderTree"/>, which looks for it.</param>
internal sealed record TreeLook(
    string Place,
    MountInfo? Mount,
    HeaderTree? Tree = null,
    string? Release = null,
    string? Configuration = null,
    uint? Owner = null,
    bool NeedsExtensions = false,
    string Description = "does not answer: its server hangs")
{
    private const string Yes = "yes";

    /// <summary>Lines before the configuration in the answer of the process.</summary>
    private const int Lines = 9;

    /// <summary>Whether an automount is there, into which nobody looks unasked.</summary>
    internal bool IsArmed => Mount is { Type: "autofs" };

    /// <summary>What is there; null for nothing that can be known.</summary>
    internal HeaderState? State => Tree?.State;

    /// <summary>Whether stat(2) of a tool would find a directory.</summary>
    internal bool IsDirectory => IsArmed || State switch
    {
        HeaderState.Absent or HeaderState.NoDirectory or HeaderState.Dead or HeaderState.Unreadable => false,
        HeaderState.Denied => Mount?.UserId is null, // of directories only FUSE denies stat(2)
        _ => true,
    };

    /// <summary>Whether kconfig.h is there, as bcc asks.</summary>
    internal bool HasLandmark => Tree is { State: HeaderState.Complete or HeaderState.Unfinished } tree && string.Equals(tree.Source, tree.Directory, StringComparison.Ordinal);

    /// <summary>Looks, and waits as long as <see cref="LookerProcess"/> does.</summary>
    internal static TreeLook Of(string directory)
    {
        CommandResult? answer = LookerProcess.TryAsk(ImageRole.TreeLooker, directory, directory);
        string[] lines = answer is { Code: ExitCode.Success } ? answer.Output.Split('\n', Lines + 1) : [];
        if (lines.Length <= Lines)
        {
            return new TreeLook(directory, MountInfo.Around(directory));
        }

        string place = Decoded(lines[0]);
        HeaderTree? tree = lines[1] is "" ? null : new HeaderTree(
            directory, (HeaderState)Number(lines[1]), lines[2] is "" ? null : Decoded(lines[2]), (Errno)Number(lines[3]));
        return new TreeLook(
            place,
            MountInfo.Around(place),
            tree,
            lines[4] is "" ? null : Decoded(lines[4]),
            lines[8] is Yes ? lines[Lines] : null,
            lines[5] is "" ? null : uint.Parse(lines[5], CultureInfo.InvariantCulture),
            lines[6] is Yes,
            Decoded(lines[7]));
    }

    /// <summary>The same in this process, as the answer that <see cref="Of"/> reads: paths in hexadecimal digits, for they are bytes.</summary>
    internal static CommandResult Answer(string directory)
    {
        string place = MountPoint.Resolved(directory);
        MountInfo? mount = MountInfo.Around(place);
        if (mount is { Type: "autofs" })
        {
            return new CommandResult(ExitCode.Success, Encoded(place) + new string('\n', Lines), "");
        }

        // What the kernel has cached of a mount it shows also when the server has died.
        Errno errno = mount?.Type.StartsWith("fuse", StringComparison.Ordinal) is true ? Looker.StatFs(place) : Errno.None;
        HeaderTree tree = ExistingMount.IsEnd(errno) ? HeaderTree.Unseen(directory, errno) : HeaderTree.Look(directory);
        string? configuration = tree.IsKnown ? LimitedText.Read($"{directory}/{HeaderTree.Configuration}") : null;
        string[] lines =
        [
            Encoded(place),
            ((int)tree.State).ToString(CultureInfo.InvariantCulture),
            Encoded(tree.Source),
            ((int)tree.Errno).ToString(CultureInfo.InvariantCulture),
            tree.IsKnown ? Encoded(tree.KernelRelease) : "",
            FileStatus.Of(directory)?.UserId.ToString(CultureInfo.InvariantCulture) ?? "",
            tree.Source is { } source && ClientLimits.NeedsExtensions(source) ? Yes : "",
            Encoded(tree.Description),
            configuration is null ? "" : Yes,
            configuration ?? "",
        ];
        return new CommandResult(ExitCode.Success, string.Join('\n', lines), "");
    }

    private static string Encoded(string? path) => Convert.ToHexString(PathText.GetBytes(path ?? ""));

    private static string Decoded(string digits) => PathText.FromBytes(Convert.FromHexString(digits));

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);
}
