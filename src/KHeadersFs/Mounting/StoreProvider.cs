using KHeadersFs.Archive;
using KHeadersFs.Archive.Cache;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Views;
using KHeadersFs.Decoding;
using KHeadersFs.Logging;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Sandbox;
using KHeadersFs.Sources;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>From the archive's name to its store, with errors for people.</summary>
internal sealed class StoreProvider(MountSettings settings, Log log) : IDisposable
{
    /// <summary>Warnings that are logged one by one; the rest is counted.</summary>
    private const int MaxWarnings = 10;

    private readonly KernelModule _module = new(settings.KeepModule, log.Warn);
    private readonly DecoderProcess? _decoder = settings.Sandbox is SandboxPolicy.Off ? null : new DecoderProcess(settings.Sandbox, log.Warn, () => ModulePlaces.Of(settings));
    private int _warnings;

    /// <summary>The store of the archive that the settings name.</summary>
    /// <param name="server">
    /// Prepared as soon as there is a store, and started when there is room for a process that waits, which takes 4 MiB: beside the
    /// look for a kept store, but not before the decoder's memory has been given back, lest both be held at once.
    /// </param>
    /// <exception cref="ProgramException">The archive cannot be used, or there is no memory.</exception>
    internal SafeFileHandle Build(ServerProcess server)
    {
        using var progress = new ProgressLine(settings.Source, log);
        _module.Begin();
        try
        {
            return Build(server, ArchiveSource.Open(settings.Source, _module, settings.Limits, ModulePlaces.Of(settings), _decoder), progress.Facts);
        }
        finally
        {
            _module.Dispose();
        }
    }

    /// <summary>Nothing more is read.</summary>
    public void Dispose()
    {
        _decoder?.Dispose();
        _module.Dispose();
    }

    private SafeFileHandle Build(ServerProcess server, ArchiveSource opened, ArchiveFacts? facts)
    {
        using ArchiveSource source = opened;
        StoreCache? cache = Cache();
        if (cache is not null)
        {
            server.Start();
        }

        ProgramText.GiveBack();
        try
        {
            SafeFileHandle store = source.BuildStore(
                new BuildOptions(settings.Limits, line => WarnOfMember($"{source.Path}: {line}"), cache, facts, View(), ProgramText.GiveBack));
            server.Prepare(store);
            if (_warnings > MaxWarnings)
            {
                log.Write(LogLevel.Warning, $"{settings.Source}: left out {_warnings - MaxWarnings} more");
            }

            StoreInspection.Check(store, settings, source, log.Warn);
            log.Tell($"{source.Path}: a store of {RandomAccess.GetLength(store) >> 10} KiB is ready, after {GC.CollectionCount(0) + (_decoder?.Collections ?? 0)} garbage collections");
            return store;
        }
        catch (ArchiveException e)
        {
            throw new ProgramException(ExitCode.MountFailure, $"{source.Path}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or OutOfMemoryException)
        {
            string remedy = e.HResult is PosixException.EFBIG ? "raise the limit of file sizes (ulimit -f)" : "free some memory";
            throw new ProgramException(ExitCode.System, $"{source.Path}: its store cannot be kept in memory: {SystemReason.Of(e)}; {remedy}", e);
        }
    }

    private ArchiveView? View() => settings.Uapi ? new UapiView() : settings.Kbuild ? new KbuildView(release => KernelConfig.Of(release, ModulePlaces.Of(settings))) : null;

    private StoreCache? Cache() => settings.CacheDirectory.Length == 0
        ? null
        : new StoreCache(PosixDirectory.Absolute(settings.CacheDirectory), (long)settings.CacheMax << 20, log.Warn);

    private void WarnOfMember(string line)
    {
        if (++_warnings <= MaxWarnings)
        {
            log.Warn(line);
        }
    }
}
