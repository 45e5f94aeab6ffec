using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>The administrator's limit for FUSE servers that do not answer (Linux 6.15): a server that was stopped for longer serves on.</summary>
public sealed class RequestTimeoutTests : IDisposable
{
    private const string Default = "/proc/sys/fs/fuse/default_request_timeout";

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    /// <summary>The kernel looks every 15 seconds, so that its shortest limit takes about 30 (fs/fuse/dev.c: fuse_check_timeout).</summary>
    [Fact]
    public void A_server_that_was_stopped_for_longer_serves_on()
    {
        TestRun.SkipUnless(File.Exists(Default), "this kernel knows no limit for requests");
        string earlier = File.ReadAllText(Default);
        MountedProgram? started = null;
        SilentMount? silent = null;
        try
        {
            // A connection has the limit that there is at its beginning: everybody else's is as it was.
            File.WriteAllText(Default, "1");
            started = MountedProgram.Foreground(_site.Archive);
            silent = new SilentMount(Directory.CreateDirectory(_site.Scratch.In("silent")).FullName);
        }
        finally
        {
            File.WriteAllText(Default, earlier);
        }

        using MountedProgram mounted = started;
        using SilentMount witness = silent;
        FuseConnection connection = FuseConnection.TryOf(MountTable.At(mounted.Root)!)!;
        byte[] read = [];
        mounted.Signal(Signum.SIGSTOP);
        var reader = new Thread(() => read = TryRead(mounted.In(HandMadeArchive.AlwaysThere))) { IsBackground = true };
        reader.Start();
        Deadline.Until(() => File.ReadAllText(Path.Combine(connection.Path, "waiting")).Trim() is not "0", "a request without an answer");

        // The witness was mounted later and asked later: when its time is over, so is that of the other one.
        witness.Ask();
        Deadline.Until(() => witness.IsAborted, "the kernel has ended a connection that does not answer", TimeSpan.FromSeconds(60));
        mounted.Signal(Signum.SIGCONT);
        Assert.True(reader.Join(Deadline.Short), "the reader waits still");
        Assert.Equal("#define IS_ENABLED(option) 1\n"u8.ToArray(), read);
        Assert.True(mounted.IsMounted());
    }

    private static byte[] TryRead(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (IOException e)
        {
            return System.Text.Encoding.UTF8.GetBytes(e.Message);
        }
    }
}
