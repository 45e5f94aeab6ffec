using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace KHeadersFs.Mount.Tests;

/// <summary>A process of another user may be called as the program is, and have open what looks like a session: status does not believe it.</summary>
public sealed class StatusOwnerTests : IDisposable
{
    // argv: a copy of the server's session, which goes into a file in memory of the same name.
    private const string Pretender = """
        import ctypes, os, sys
        content = open(sys.argv[1], "rb").read()
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        file = os.memfd_create("kheadersfs-session")
        os.ftruncate(file, len(content))
        os.pwrite(file, content, 0)
        ctypes.CDLL(None).prctl(15, b"kheadersfs", 0, 0, 0)
        print("pretends", flush=True)
        sys.stdin.read()
        """;

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void Another_users_process_is_not_taken_for_the_server()
    {
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        _site.AssertMounted();
        int server = _site.Server();
        int number = ProcFs.Descriptors(server).Single(static d => d.Value.StartsWith("/memfd:kheadersfs-session", StringComparison.Ordinal)).Key;
        string copy = _site.Scratch.In("session");
        File.WriteAllBytes(copy, ReadAll(string.Create(CultureInfo.InvariantCulture, $"/proc/{server}/fd/{number}")));
        using Process pretender = ProcessRun.Start(["python3", "-c", Pretender, copy], _site.Scratch.Work, _site.Scratch.Environment);
        try
        {
            Assert.Equal("pretends", pretender.StandardOutput.ReadLine());
            Assert.Equal(server, ProcessOf());
            _site.KillServer();

            // Nobody serves, and nobody is shown.
            Assert.Null(ProcessOf());
        }
        finally
        {
            pretender.Kill();
            pretender.WaitForExit();
        }
    }

    /// <summary>With setuid the process is another user's, its session root's.</summary>
    [Fact]
    public void A_server_that_has_become_another_user_is_still_shown()
    {
        _site.RunSilently(Subject.Path, "-o", $"setuid={OrdinaryUser.Id},log={_site.Scratch.In("log")}", _site.Archive, _site.Directory);
        _site.AssertMounted();
        Assert.Equal(_site.Server(), ProcessOf());
        _site.Unmount();
    }

    private int? ProcessOf()
    {
        ProcessRun run = _site.Run(Subject.Path, "status", "--json", _site.Directory).Succeeded();
        using var document = JsonDocument.Parse(run.Output);
        JsonElement process = document.RootElement.GetProperty("mounts")[0].GetProperty("process");
        return process.ValueKind is JsonValueKind.Null ? null : process.GetInt32();
    }

    // The file has no length in /proc that is worth asking for.
    private static byte[] ReadAll(string path)
    {
        using var content = new MemoryStream();
        using FileStream file = File.OpenRead(path);
        file.CopyTo(content);
        return content.ToArray();
    }
}
