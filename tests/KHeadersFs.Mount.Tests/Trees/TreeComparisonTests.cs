namespace KHeadersFs.Mount.Tests;

/// <summary>The comparison that the tree tests rest on can fail: each way for a tree to be wrong is seen.</summary>
public sealed class TreeComparisonTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly ReferenceTree _reference;

    public TreeComparisonTests()
    {
        string archive = new HandMadeArchive()
            .Folder("dir").File("dir/a.h", "first").HardLink("dir/b.h", "dir/a.h").File("dir/c.h", "third").Link("dir/l.h", "a.h")
            .Save(_scratch);
        _reference = ReferenceTree.Of(archive);
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_copy_with_served_modes_is_equal() => Assert.Empty(DifferencesAfter("true"));

    [Theory]
    [InlineData("touch -r dir/c.h dir/new.h; touch -r include dir", "dir/new.h: not in the archive")]
    [InlineData("rm dir/c.h; touch -r include dir", "dir/c.h: missing")]
    [InlineData("chmod u+w dir/c.h", "dir/c.h: mode 644, not 444")]
    [InlineData("chmod a+x dir/c.h", "dir/c.h: mode 555, not 444")]
    [InlineData("touch -d @1600000000.000000001 dir/c.h", "dir/c.h: modification time")]
    [InlineData("touch -d @1600000001 dir", "dir: modification time")]
    [InlineData("echo >>dir/c.h; touch -r dir/a.h dir/c.h", "dir/c.h: size 6, not 5")]
    [InlineData("printf thIrd >dir/c.h; touch -r dir/a.h dir/c.h", "dir/c.h: content byte 2 differs")]
    [InlineData("ln -sfn c.h dir/l.h", "dir/l.h: link target c.h, not a.h")]
    [InlineData("cp -p dir/a.h x; mv x dir/b.h", "dir/b.h: links 1, not 2")]
    [InlineData("ln -f dir/c.h dir/b.h", "dir/b.h: other names dir/b.h dir/c.h, not dir/a.h dir/b.h")]
    [InlineData("rm dir/c.h; mkfifo dir/c.h", "dir/c.h: S_IFIFO, not S_IFREG")]
    [InlineData("chown 12:34 dir/c.h", "dir/c.h: owner")]
    public void A_changed_copy_is_different(string change, string difference) =>
        Assert.Contains(DifferencesAfter(change), found => found.StartsWith(difference, StringComparison.Ordinal));

    [Fact]
    public void The_second_judge_finds_a_copy_equal() => Assert.Empty(IndependentTree.Of(_reference.Archive).Differences(CopyAfter("true")));

    [Theory]
    [InlineData("touch -r dir/c.h dir/new.h; touch -r include dir", "dir/new.h: not in the archive")]
    [InlineData("rm dir/c.h; touch -r include dir", "dir/c.h: missing")]
    [InlineData("touch -d @1600000000.000001 dir/c.h", "dir/c.h: modification time")]
    [InlineData("echo >>dir/c.h; touch -r dir/a.h dir/c.h", "dir/c.h: S_IFREG of 6 bytes")]
    [InlineData("printf thIrd >dir/c.h; touch -r dir/a.h dir/c.h", "dir/c.h: content")]
    [InlineData("ln -sfn c.h dir/l.h; touch -hr dir/a.h dir/l.h", "dir/l.h: target c.h, not a.h")]
    [InlineData("cp -p dir/a.h x; mv x dir/b.h", "dir/b.h: not the same file as dir/a.h")]
    [InlineData("rm dir/c.h; mkfifo dir/c.h; touch -r dir/a.h dir/c.h", "dir/c.h: S_IFIFO")]
    [InlineData("rm dir/c.h; mkdir dir/c.h", "dir/c.h: S_IFDIR")]
    public void The_second_judge_finds_a_changed_copy_different(string change, string difference) => Assert.Contains(
        IndependentTree.Of(_reference.Archive).Differences(CopyAfter(change)),
        found => found.StartsWith($"SharpCompress: {difference}", StringComparison.Ordinal));

    private IReadOnlyList<string> DifferencesAfter(string change) => TreeComparison.Differences(_reference, CopyAfter(change));

    private TreeSnapshot CopyAfter(string change)
    {
        string copy = _scratch.In("copy");
        ProcessRun.Shell(
            "cp -a \"$1\" \"$2\" && chmod -R a=rX \"$2\" && find \"$2\" -type d -exec chmod u+w {} + && cd \"$2\" && eval \"$3\"",
            _reference.Tree.Root, copy, change).Succeeded();
        return TreeSnapshot.Of(copy);
    }
}
