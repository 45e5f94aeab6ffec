using System.Diagnostics;
using System.Globalization;

namespace KHeadersFs.Mount.Tests;

/// <summary>Many mounts, one after the other and at once: none leaves a process, a descriptor, a memfd or a directory.</summary>
public sealed class CycleTests : IDisposable
{
    private readonly MountSite _site = new();
    private readonly Installation _installed;

    public CycleTests() => _installed = Installation.WithHelpers(_site.Scratch);

    public void Dispose()
    {
        _installed.Dispose();
        _site.Dispose();
    }

    [Fact]
    public void Fifty_mounts_in_a_row_leave_nothing()
    {
        string[] before = State();
        string made = _site.Scratch.In("made");
        for (int cycle = 0; cycle < 50; cycle++)
        {
            _site.RunSilently("mount", "-t", "fuse.kheadersfs", "-o", "mkdir", _site.Archive, made);
            _site.AssertMounted(made);
            _site.Unmount(made);
            Assert.False(Directory.Exists(made), $"cycle {cycle}: {made} is left");
        }

        Assert.Equal(before, State());
    }

    [Fact]
    public void Twenty_mounts_at_once_leave_nothing()
    {
        string[] before = State();
        string[] made = [.. Enumerable.Range(0, 20).Select(number => _site.Scratch.In($"made-{number}"))];
        AllAtOnce(made, directory => ["mount", "-t", "fuse.kheadersfs", "-o", "mkdir", _site.Archive, directory]);
        Assert.All(made, directory => _site.AssertMounted(directory));
        Assert.Equal(20, Subject.Servers().Count);
        Assert.Equal(20, Subject.Keepers().Count);
        Assert.Equal(40, Subject.Processes().Count);
        AllAtOnce(made, static directory => ["umount", directory]);
        _site.AssertGone();
        Assert.Equal(before, State());
    }

    private void AllAtOnce(string[] directories, Func<string, string[]> command)
    {
        Process[] running =
            [.. directories.Select(directory => ProcessRun.Start(command(directory), _site.Scratch.Work, _site.Scratch.Environment))];
        foreach (Process process in running)
        {
            Assert.True(process.WaitForExit(Deadline.Long), "a mount or umount did not end");
            Assert.True(process.ExitCode == 0, process.StandardError.ReadToEnd());
            process.Dispose();
        }
    }

    // Whatever could be left, in a form in which a difference names it. Removing a directory is the server's last act.
    private string[] State() =>
    [
        .. MountTable.Read().Select(static mount => $"mount {mount.Directory}"),
        .. Directory.GetFileSystemEntries(_site.Scratch.Path).Order(StringComparer.Ordinal),
        .. Descriptors(),
        .. Subject.Processes().Select(static id => id.ToString(CultureInfo.InvariantCulture)),
    ];

    // In whatever process: mount(8), its helper and the shell between them have had a hand in it. The test host has memfds
    // of its own, whose numbers change with the runtime.
    private static IEnumerable<string> Descriptors() => Directory.EnumerateDirectories("/proc")
        .Select(static path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out int id) ? id : 0)
        .Where(static id => id != 0 && id != Environment.ProcessId)
        .SelectMany(static id => ProcFs.Descriptors(id).Values)
        .Where(static target => target is "/dev/fuse" || target.StartsWith("/memfd:", StringComparison.Ordinal));
}
