using KHeadersFs.Archive;
using KHeadersFs.Archive.Elf;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Xz;
using KHeadersFs.Commands;
using KHeadersFs.Headers;
using KHeadersFs.Posix;
using KHeadersFs.Sandbox;
using KHeadersFs.Serving;
using KHeadersFs.Sources;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Doctor;

/// <summary>The process that reads the configuration out of a kernel's archive, or out of the file of its module, which it does not load.</summary>
internal static class ArchiveLooker
{
    /// <summary>The archive's include/generated/autoconf.h; empty where it has none.</summary>
    /// <exception cref="PosixException">It cannot be opened.</exception>
    /// <exception cref="ArchiveException">It is damaged, or asks for more than a kernel's does.</exception>
    internal static CommandResult Answer(string path)
    {
        var limits = new ArchiveLimits();
        var options = new BuildOptions(limits, static _ => { });
        using SafeFileHandle file = PosixFile.Open(path);

        // It is open: from here on no right is needed. What cannot be given up is kept, as with sandbox=auto.
        _ = DecoderSandbox.Enter(limits);
        using HeaderStore store = HeaderStore.Open(KernelArchive.Places.Contains(path) ? StoreBuilder.Build(file, options) : OfModule(file, options));
        return new CommandResult(ExitCode.Success, StoredFile.ReadText(store, HeaderTree.Configuration, LimitedText.MostBytes) ?? "", "");
    }

    private static SafeFileHandle OfModule(SafeFileHandle file, BuildOptions options)
    {
        using ArchiveSpool taken = ModuleFile.TakeArchive(file, options.Limits);
        return StoreBuilder.Build(taken, options);
    }
}
