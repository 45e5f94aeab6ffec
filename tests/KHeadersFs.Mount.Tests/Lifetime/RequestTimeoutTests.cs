using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>The administrator's limit for FUSE servers that do not answer (Linux 6.15): a server that was stopped for longer serves on.</summary>
public sealed class RequestTimeoutTests : IDisposable
{
    private const string Default = "/proc/sys/fs/fuse/default_request_timeout";
    private const string Most = "/proc/sys/fs/fuse/max_request_timeout";

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    /// <summary>
    /// The kernel looks every 15 seconds, so that its shortest limit takes about 30 (fs/fuse/dev.c: fuse_check_timeout). A second server may have no more than
    /// the administrator's most: its mount is ended by the kernel, and what is dead is cleared up as soon as the server can.
    /// </summary>
    [Fact]
    public void A_server_that_was_stopped_for_longer_serves_on_and_one_that_may_have_no_more_is_cleared_up()
    {
        TestRun.SkipUnless(File.Exists(Default), "this kernel knows no limit for requests");
        string earlier = File.ReadAllText(Default), earlierMost = File.ReadAllText(Most);
        string limited = _site.Scratch.In("made"), log = _site.Scratch.In("log");
        int limitedServer = 0;
        MountedProgram? started = null;
        SilentMount? silent = null;
        try
        {
            // A connection has the limit that there is at its beginning: everybody else's is as it was.
            File.WriteAllText(Default, "1");
            started = MountedProgram.Foreground(_site.Archive);
            silent = new SilentMount(Directory.CreateDirectory(_site.Scratch.In("silent")).FullName);
            File.WriteAllText(Most, "1");
            _site.RunSilently(Subject.Path, "-o", $"mkdir,log={log}", _site.Archive, limited);
            limitedServer = Assert.Single(Subject.Servers(), id => id != started.ServerId);
        }
        finally
        {
            File.WriteAllText(Most, earlierMost);
            File.WriteAllText(Default, earlier);
        }

        using MountedProgram mounted = started;
        using SilentMount witness = silent;
        FuseConnection connection = FuseConnection.TryOf(MountTable.At(mounted.Root)!)!;
        byte[] read = [];
        mounted.Signal(Signum.SIGSTOP);
        var reader = new Thread(() => read = TryRead(mounted.In(HandMadeArchive.AlwaysThere))) { IsBackground = true };
        reader.Start();
        Assert.Equal(0, Syscall.kill(limitedServer, Signum.SIGSTOP));
        var other = new Thread(() => TryRead(Path.Combine(limited, HandMadeArchive.AlwaysThere))) { IsBackground = true };
        other.Start();
        Deadline.Until(() => File.ReadAllText(Path.Combine(connection.Path, "waiting")).Trim() is not "0", "a request without an answer");

        // The witness was mounted later and asked later: when its time is over, so is that of the other one.
        witness.Ask();
        Deadline.Until(() => witness.IsAborted, "the kernel has ended a connection that does not answer", Deadline.Of(60));
        mounted.Signal(Signum.SIGCONT);
        Assert.True(reader.Join(Deadline.Short), "the reader waits still");
        Assert.Equal("#define IS_ENABLED(option) 1\n"u8.ToArray(), read);
        Assert.True(mounted.IsMounted());

        Deadline.Until(() => !other.IsAlive, "the kernel has ended the connection that may have no more", Deadline.Of(60));
        Assert.Equal(0, Syscall.kill(limitedServer, Signum.SIGCONT));
        Deadline.Until(() => MountTable.At(limited) is null && !Directory.Exists(limited), "nothing is left of the mount that was ended");
        Deadline.Until(() => File.ReadAllLines(log).Any(static line => Message.Has(line, "connection aborted")), "a line about the connection");
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
