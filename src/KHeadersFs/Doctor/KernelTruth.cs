using System.Text;
using KHeadersFs.Commands;
using KHeadersFs.Headers;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using KHeadersFs.Sources;

namespace KHeadersFs.Doctor;

/// <summary>The configuration of the kernel that runs, from where the kernel itself says it. It is looked up when it is asked for, and once.</summary>
/// <param name="release">As uname -r says.</param>
internal sealed class KernelTruth(string release)
{
    /// <summary>What an archive may take to be decoded: a kernel's takes half a second, on an old ARM ten times that.</summary>
    private const int PatienceMilliseconds = 20_000;

    private const string Own = "/proc/config.gz";

    private readonly Lazy<(string Name, KernelMacros Macros)?> _found = new(() => Find(release));

    /// <summary>Where it was found, and its macros; null where it is nowhere.</summary>
    internal (string Name, KernelMacros Macros)? Found => _found.Value;

    /// <summary>
    /// What the kernel shows comes first. The file of a module is that of an installed package, which may be newer than what runs.
    /// </summary>
    private static (string Name, KernelMacros Macros)? Find(string release) =>
        OfArchive(Array.Find(KernelArchive.Places, PosixFile.Exists)) ?? OfConfiguration(release) ?? OfArchive(InstalledModule.FindFile(release));

    private static (string Name, KernelMacros Macros)? OfConfiguration(string release) => KernelConfig.Of(release)
        .Where(static c => c.Path is Own)
        .Select(static c => WithName(c.Path, KernelMacros.OfConfiguration(Encoding.UTF8.GetString(c.Text))))
        .FirstOrDefault();

    /// <summary>Another process reads it, which has given up its rights, and is given up in turn when it takes too long.</summary>
    private static (string Name, KernelMacros Macros)? OfArchive(string? path) =>
        path is not null && LookerProcess.TryAsk(ImageRole.ArchiveLooker, path, path, PatienceMilliseconds) is { Code: ExitCode.Success } answer
            ? WithName(path, KernelMacros.OfHeader(answer.Output))
            : null;

    private static (string Name, KernelMacros Macros)? WithName(string name, KernelMacros macros) => macros.IsEmpty ? null : (name, macros);
}
