using System.Text;
using KHeadersFs.Archive.Tar;

namespace KHeadersFs.Archive.Views;

/// <summary>
/// -o kbuild: all of the archive, and what else of a build directory there is a source for: the configuration where the system has it,
/// the release that the headers tell, and a Makefile that says why no module can be built.
/// </summary>
/// <param name="configurations">
/// The configurations that a system has of a kernel's release, each with its path, in the order in which they are tried.
/// </param>
public sealed class KbuildView(Func<string, IEnumerable<(string Path, byte[] Text)>> configurations) : ArchiveView
{
    private const string Makefile =
        "# A kernel's headers alone, served by kheadersfs(8).\n"
        + "$(error here are the kernel's headers alone: BPF programs compile with them, but no module does, for which "
        + "scripts/ and Module.symvers are missing; install the kernel's header package)\n";

    private MadeFile? _release;
    private MadeFile? _options;

    /// <inheritdoc/>
    internal override bool Takes(ReadOnlySpan<byte> name) =>
        Is(name, "include/generated/utsrelease.h"u8) || Is(name, "include/generated/autoconf.h"u8);

    /// <inheritdoc/>
    internal override TakenBody Take(MadeFile file)
    {
        if (Is(file.Name, "include/generated/utsrelease.h"u8))
        {
            _release = file;
        }
        else
        {
            _options = file;
        }

        return new TakenBody(file);
    }

    /// <inheritdoc/>
    internal override IEnumerable<MadeFile> Complete(Action<string> warn)
    {
        if (_release is not { } source)
        {
            warn("does not tell its kernel release, so -o kbuild adds nothing to it but a Makefile");
            yield return new MadeFile("Makefile"u8.ToArray(), Encoding.UTF8.GetBytes(Makefile), 0, 0);
            yield break;
        }

        string[] quoted = Encoding.UTF8.GetString(source.Body).Split('"');
        string release = quoted.Length >= 3 ? quoted[1] : "";
        yield return Made("Makefile", Encoding.UTF8.GetBytes(Makefile));
        if (release.Length > 0)
        {
            yield return Made("include/config/kernel.release", Encoding.UTF8.GetBytes(release + "\n"));
        }

        if (_options is not null && Configuration(_options.Body, release, warn) is var (configuration, settings))
        {
            yield return Made(".config", configuration);
            yield return Made("include/config/auto.conf", settings);
        }

        MadeFile Made(string name, byte[] body) => source with { Name = Encoding.UTF8.GetBytes(name), Body = body };
    }

    private (byte[] Configuration, byte[] Settings)? Configuration(byte[] header, string release, Action<string> warn)
    {
        string? other = null;
        foreach ((string path, byte[] text) in configurations(release))
        {
            if (KernelConfiguration.TryComplete(text, header, release) is { } complete)
            {
                return complete;
            }

            other ??= path;
        }

        warn(other is null
            ? $"has no .config: the configuration of kernel {PrintableName.Of(Encoding.UTF8.GetBytes(release))} is neither in /proc/config.gz nor in /boot"
            : $"has no .config: {other} is not the configuration of these headers");
        return null;
    }

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> wanted)
    {
        MemberPath path = MemberPath.Of(name);
        MemberPath other = MemberPath.Of(wanted);
        while (other.TryTake(out ReadOnlySpan<byte> part))
        {
            if (!path.TryTake(out ReadOnlySpan<byte> given) || !given.SequenceEqual(part))
            {
                return false;
            }
        }

        return path.IsRoot;
    }
}
