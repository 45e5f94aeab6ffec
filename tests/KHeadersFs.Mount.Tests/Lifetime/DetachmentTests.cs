namespace KHeadersFs.Mount.Tests;

/// <summary>A server left behind holds nothing of the caller: no stream, no session, no directory, no descriptor.</summary>
public sealed class DetachmentTests : IDisposable
{
    private readonly MountedProgram _mounted = MountedProgram.Detached(Archives.Real);

    public void Dispose() => _mounted.Dispose();

    [Fact]
    public void Its_standard_streams_are_the_null_device()
    {
        SortedDictionary<int, string> descriptors = ProcFs.Descriptors(_mounted.ServerId);
        Assert.Equal(["/dev/null", "/dev/null", "/dev/null"], [descriptors[0], descriptors[1], descriptors[2]]);
    }

    [Fact]
    public void It_leads_a_session_of_its_own() => Assert.Equal(_mounted.ServerId, ProcFs.Session(_mounted.ServerId));

    [Fact]
    public void It_is_the_only_process_left_but_for_its_keeper() =>
        Assert.Equal(_mounted.ServerId, Assert.Single(Subject.Processes(), id => id != Assert.Single(Subject.Keepers())));

    [Fact]
    public void It_keeps_no_directory_busy() => Assert.Equal("/", ProcFs.Link(_mounted.ServerId, "cwd"));

    [Fact]
    public void It_has_left_no_file() => Assert.Empty(_mounted.Scratch.FilesLeft());

    [Fact]
    public void It_holds_device_store_session_and_the_way_to_its_keeper_and_nothing_else_but_what_signals_need() =>
        AssertExpectedDescriptors(_mounted.ServerId);

    [Fact]
    public void It_does_not_inherit_a_descriptor_of_its_caller()
    {
        using var scratch = new Scratch();
        string lockFile = scratch.Write("lock", []);
        ProcessRun.Shell(
            "exec 9<\"$1\" && \"$2\" \"$3\" \"$4\"", lockFile, Subject.Path, Archives.Real, scratch.MountPoint).Succeeded();
        try
        {
            int server = Subject.Servers().Single(id => id != _mounted.ServerId);
            AssertExpectedDescriptors(server);
        }
        finally
        {
            FailedMount.Clear(scratch);
        }
    }

    [Fact]
    public void Its_keeper_holds_the_lock_of_the_record_and_nothing_of_the_mount()
    {
        ICollection<string> held = ProcFs.Descriptors(Assert.Single(Subject.Keepers())).Values;
        string record = Assert.Single(Directory.GetFiles("/run/kheadersfs/mounts"), held.Contains);
        Assert.All(held, name => Assert.True(name is "/dev/null" || name.StartsWith("socket:", StringComparison.Ordinal) || string.Equals(name, record, StringComparison.Ordinal), name));
        Assert.Equal(1, ProcessRun.Of(["flock", "--nonblock", record, "true"]).ExitCode);
    }

    private static void AssertExpectedDescriptors(int server)
    {
        // The socket to the process that mounts is closed when that one has been told.
        SortedDictionary<int, string> all = [];
        _ = Deadline.TryUntil(
            () => (all = ProcFs.Descriptors(server)).Values.Count(static target => target.StartsWith("socket:", StringComparison.Ordinal)) == 1, Deadline.Short);
        string[] others = [.. all.Where(static d => d.Key > 2).Select(static d => d.Value)];
        Assert.Single(others, static target => target is "/dev/fuse");
        Assert.Single(others, static target => target.StartsWith("/memfd:kheadersfs-store", StringComparison.Ordinal));
        Assert.Single(others, static target => target.StartsWith("/memfd:kheadersfs-session", StringComparison.Ordinal));
        Assert.Single(others, static target => target.StartsWith("socket:", StringComparison.Ordinal));
        string[] known = ["/dev/fuse", "/memfd:kheadersfs-", "socket:"];
        string[] rest = [.. others.Where(t => !Array.Exists(known, k => t.StartsWith(k, StringComparison.Ordinal)))];
        // .NET keeps the pipe of its signal handling and its source of hash seeds open; the kernel's log is for systems without another one.
        Assert.All(rest, static target => Assert.Matches("^(pipe:|anon_inode:|/dev/urandom$|/dev/kmsg$)", target));
        Assert.True(rest.Length <= 5, string.Join(' ', all));
    }
}
