using System.Diagnostics;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// A mount that looks like one of the program's, and whose server reads every request and answers none but INIT, until disposed. Whoever
/// waits for an answer cannot be killed before (fs/fuse/dev.c: request_wait_answer).
/// </summary>
internal sealed class SilentServer : IDisposable
{
    // struct fuse_out_header, then struct fuse_init_out (64 bytes) with version 7.31, max_write 4096, time_gran 1.
    private const string Script = """
        import ctypes, os, struct, sys
        device = os.open("/dev/fuse", os.O_RDWR)
        libc = ctypes.CDLL(None, use_errno=True)
        data = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
        if libc.mount(b"silent", sys.argv[1].encode(), b"fuse.kheadersfs", 1, data):
            sys.exit(os.strerror(ctypes.get_errno()))
        unique = struct.unpack_from("<Q", os.read(device, 65536), 8)[0]
        os.write(device, struct.pack("<IiQ", 80, 0, unique) + struct.pack("<IIIIHHIIHHI28x", 7, 31, 0, 0, 0, 0, 4096, 1, 0, 0, 0))
        print("mounted", flush=True)
        os.read(device, 65536)
        print("asked", flush=True)
        while True:
            os.read(device, 65536)
        """;

    private readonly Process _process;
    private readonly string _directory;

    internal SilentServer(MountSite site, string directory)
    {
        _directory = directory;
        _process = ProcessRun.Start(["python3", "-c", Script, directory], site.Scratch.Work, site.Scratch.Environment);
        Deadline.Within(Deadline.Short, () => Assert.Equal("mounted", _process.StandardOutput.ReadLine()));
        TestRun.Mounted();
    }

    /// <summary>Whether it has got a question; waits for the first.</summary>
    internal bool WasAsked
    {
        get
        {
            string? line = null;
            Deadline.Within(Deadline.Short, () => line = _process.StandardOutput.ReadLine());
            return line is "asked";
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        while (MountTable.At(_directory) is not null && Native.umount2(_directory, Native.MNT_DETACH) == 0)
        {
        }
    }
}
