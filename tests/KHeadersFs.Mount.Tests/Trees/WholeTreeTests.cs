namespace KHeadersFs.Mount.Tests;

/// <summary>The mounted tree is the tree that tar unpacks: of every archive there is, and under ten readers at once.</summary>
public sealed class WholeTreeTests
{
    [Fact]
    public void No_kind_of_archive_is_missing() => Assert.All(Archives.Required, static name => Assert.True(
        File.Exists(Archives.Named(name)), $"{Archives.Named(name)} does not exist: make test makes it"));

    [Theory]
    [MemberData(nameof(Archives.All), MemberType = typeof(Archives))]
    public void The_mount_equals_the_unpacked_archive(string name)
    {
        using var mounted = MountedProgram.Detached(Archives.Named(name));
        var reference = ReferenceTree.Of(Archives.Named(name));
        mounted.Within(() => TreeComparison.AssertEqual(reference, TreeSnapshot.Of(mounted.Root)));

        // A second look comes out of the kernel's caches, which were filled by READDIRPLUS, LOOKUP and READ replies.
        mounted.Within(() => Assert.Empty(TreeComparison.Differences(reference, TreeSnapshot.Of(mounted.Root))));
    }

    [Fact]
    public void The_archive_of_another_architecture_is_what_its_kernel_made()
    {
        using var mounted = MountedProgram.Detached(Archives.Named("arm64.tar.xz"));
        Assert.Equal("arm64", Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(mounted.In("arch")))));
        Assert.Contains("#define CONFIG_ARM64 1\n", File.ReadAllText(mounted.In("include/generated/autoconf.h")), StringComparison.Ordinal);
        Assert.True(File.Exists(mounted.In("include/generated/asm-offsets.h")));
        Assert.True(File.Exists(mounted.In("arch/arm64/include/generated/asm/sysreg-defs.h")));
    }

    [Fact]
    public void Find_sees_the_same_names_as_in_the_unpacked_archive()
    {
        using var mounted = MountedProgram.Detached(Archives.Real);
        string expected = Names(ReferenceTree.Of(Archives.Real).Tree.Root);
        Assert.Equal(expected, Names(mounted.Root));

        // fts(3) leaves out the lstat of what a link count of 2 says has no subdirectories.
        static string Names(string root) => ProcessRun.Shell("cd \"$1\" && find . | LC_ALL=C sort", root).Succeeded().Output;
    }

    [Fact]
    public void Tar_packs_the_same_files_from_the_mount_as_from_the_unpacked_archive()
    {
        using var mounted = MountedProgram.Detached(Archives.Real);
        string unpacked = ReferenceTree.Of(Archives.Real).Tree.Root;
        ProcessRun.Of(["tar", "-C", unpacked, "-df", Tar(mounted)]).Succeeded();

        static string Tar(MountedProgram mounted)
        {
            string tar = mounted.Scratch.In("all.tar");
            ProcessRun.Of(["tar", "-C", mounted.Root, "--mode=u+w", "-cf", tar, "include"]).Succeeded();
            return tar;
        }
    }

    [Fact]
    public void Ten_readers_at_once_all_get_the_right_bytes()
    {
        using var mounted = MountedProgram.Detached(Archives.Real);
        var reference = ReferenceTree.Of(Archives.Real);
        TreeEntry[] files = [.. reference.Tree.Files];
        string?[] problems = new string?[10];
        Thread[] readers = [.. Enumerable.Range(0, problems.Length).Select(number => new Thread(() => Read(number)))];
        mounted.Within(() =>
        {
            Array.ForEach(readers, static reader => reader.Start());
            Array.ForEach(readers, static reader => reader.Join());
        });
        Assert.All(problems, static problem => Assert.Null(problem));

        // Each starts elsewhere, and the odd ones bypass the page cache: else the first reader alone would ask the server.
        void Read(int number)
        {
            try
            {
                foreach (int index in Enumerable.Range(0, files.Length).Select(i => (i + (number * files.Length / 10)) % files.Length))
                {
                    string path = mounted.In(files[index].Path);
                    string? difference = number % 2 == 0
                        ? FileBytes.Difference(reference.Tree.FullPath(files[index]), path)
                        : DirectRead.Difference(reference.Tree.FullPath(files[index]), path);
                    problems[number] ??= difference is null ? null : $"{path}: {difference}";
                }
            }
            catch (Exception exception)
            {
                problems[number] = exception.ToString();
            }
        }
    }
}
