namespace KHeadersFs.Mount.Tests;

/// <summary>A mount namespace that ends takes its mounts along, and the servers of those end too.</summary>
public sealed class NamespaceEndTests : IDisposable
{
    private static readonly string[] s_unshare = ["unshare", "--mount", "--propagation", "private"];

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void A_server_that_is_alone_in_its_namespace_ends()
    {
        _site.RunSilently([.. s_unshare, Subject.Path, "-o", "mkdir", _site.Archive, _site.Scratch.In("made")]);
        _site.AssertGone();
        Assert.False(Directory.Exists(_site.Scratch.In("made")));
    }

    [Fact]
    public void A_server_serves_as_long_as_somebody_else_is_in_its_namespace()
    {
        using (var holder = NamespaceHolder.Run("\"$1\" \"$2\" \"$3\"", s_unshare, [Subject.Path, _site.Archive, _site.Directory]))
        {
            Assert.Null(MountTable.At(_site.Directory));
            string header = $"/proc/{holder.Id}/root{_site.Directory}/{HandMadeArchive.AlwaysThere}";
            Deadline.Within(Deadline.Short, () => Assert.NotEmpty(File.ReadAllBytes(header)));
            Assert.Single(Subject.Servers());
        }

        _site.AssertGone();
    }

    [Fact]
    public void A_server_serves_what_was_propagated_to_another_namespace()
    {
        string shared = Directory.CreateDirectory(_site.Scratch.In("shared")).FullName;
        _site.RunSilently("mount", "-t", "tmpfs", "shared", shared);
        _site.RunSilently("mount", "--make-shared", shared);
        string directory = Path.Combine(shared, "build");
        _site.RunSilently("unshare", "--mount", "--propagation", "unchanged", Subject.Path, "-o", "mkdir", _site.Archive, directory);
        _site.AssertMounted(directory);
        Assert.Single(Subject.Servers());
        _site.Unmount(directory);
        Assert.False(Directory.Exists(directory));
        _site.RunSilently("umount", shared);
    }

    [Fact]
    public void A_server_ends_with_a_user_namespace()
    {
        var user = new OrdinaryUser(_site.Scratch);
        using var device = new BoundDevice(_site.Scratch, "666");
        string[] unshare = [.. OrdinaryUser.Prefix, "unshare", "--user", "--map-root-user", "--mount"];
        TestRun.SkipUnless(_site.Run([.. unshare, "true"]).ExitCode == 0, "no user namespaces for ordinary users here");
        try
        {
            using (var holder = NamespaceHolder.Run("\"$1\" \"$2\" \"$3\"", unshare, [user.Program, _site.Archive, _site.Directory]))
            {
                Assert.Single(ProcFs.Running(user.Program), static id => ProcFs.Name(id) is "kheadersfs");
            }

            Deadline.Until(() => ProcFs.Running(user.Program).Count == 0, "the end of the server");
        }
        finally
        {
            user.Clear(_site.Directory);
        }
    }

    [Fact]
    public void A_server_ends_with_the_namespace_that_it_was_told_to_mount_in()
    {
        string helper = _site.Scratch.In("mount.fuse.kheadersfs");
        File.CreateSymbolicLink(helper, Subject.Path);
        using (var holder = NamespaceHolder.Start(s_unshare))
        {
            _site.RunSilently(helper, _site.Archive, _site.Directory, "-N", $"{holder.Id}");
            Assert.Null(MountTable.At(_site.Directory));
            string header = $"/proc/{holder.Id}/root{_site.Directory}/{HandMadeArchive.AlwaysThere}";
            Deadline.Within(Deadline.Short, () => Assert.NotEmpty(File.ReadAllBytes(header)));
        }

        _site.AssertGone();
    }
}
