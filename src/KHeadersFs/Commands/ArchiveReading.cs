using KHeadersFs.Archive;
using KHeadersFs.Interop;
using KHeadersFs.Logging;
using KHeadersFs.Options;
using KHeadersFs.Sandbox;
using KHeadersFs.Serving;
using KHeadersFs.Sources;

namespace KHeadersFs.Commands;

/// <summary>Has a command read an archive as a mount would, with nothing left behind when it is interrupted.</summary>
internal static class ArchiveReading
{
    /// <summary>Opens the archive that the settings name.</summary>
    /// <param name="settings">Source, limits, and what becomes of the module.</param>
    /// <param name="done">What an interrupt prevents: "verified".</param>
    /// <param name="read">Reads it, and has the facts filled.</param>
    /// <exception cref="ProgramException">It cannot be opened.</exception>
    internal static CommandResult Run(MountSettings settings, string done, Func<ArchiveSource, ArchiveFacts, CommandResult> read)
    {
        var log = Log.ToStandardError();
        using var progress = new ProgressLine(settings.Source, log);
        using var module = new KernelModule(settings.KeepModule, log.Warn);
        module.Begin();
        EndingSignals.Handle(Interrupted, static () => { });
        using ArchiveSource source = ArchiveSource.Open(
            settings.Source, module, settings.Limits, ModulePlaces.Of(settings), opened: path => GiveUp(settings, path, log));
        return read(source, progress.Facts ?? new ArchiveFacts());

        void Interrupted()
        {
            module.Dispose();
            log.Write(LogLevel.Error, $"{settings.Source}: interrupted before it was {done}");
            LibC.ExitNow((int)ExitCode.Interrupted);
        }
    }

    /// <summary>All is open by now: what follows needs no right.</summary>
    private static void GiveUp(MountSettings settings, string path, Log log)
    {
        if (settings.Sandbox is SandboxPolicy.Off)
        {
            return;
        }

        string kept = DecoderSandbox.Enter(settings.Limits);
        if (kept.Length > 0 && settings.Sandbox is SandboxPolicy.On)
        {
            throw new ProgramException(ExitCode.System, $"-o sandbox=on: cannot give up {kept} to read {path}; use sandbox=auto");
        }

        if (kept.Length > 0)
        {
            log.Warn($"{path}: sandbox: cannot give up {kept} to read it");
        }
    }
}
