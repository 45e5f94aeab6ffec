using System.Globalization;
using KHeadersFs.Posix;

namespace KHeadersFs.Fuse.Tests;

/// <summary>Paths below a root: what links in there say counts from it, and nothing leads out.</summary>
public sealed class RootedPathTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory().FullName;

    public RootedPathTests() => Directory.CreateDirectory(Path.Combine(_root, "usr/src"));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("/usr/src", "/usr/src")]
    [InlineData("usr/./src/", "/usr/src")]
    [InlineData("/../../usr/src", "/usr/src")]
    [InlineData("/usr/src/../../../usr", "/usr")]
    [InlineData("/", "")]
    public void Without_links_it_is_below_the_root(string path, string found)
    {
        var place = RootedPath.Resolve(path, _root);
        Assert.Equal(new RootedPath(_root + found, 0, IsElsewhere: false), place);
    }

    [Theory]
    [InlineData("/usr/src", "/usr/src", true)]
    [InlineData("usr/src", "/usr/src", true)]
    [InlineData("../../../../../../usr/src", "/usr/src", true)]
    [InlineData("/etc/passwd", "/etc/passwd", false)]
    [InlineData("/gone/deep", "/gone/deep", false)]
    public void The_target_of_a_link_counts_from_the_root(string target, string found, bool isThere)
    {
        File.CreateSymbolicLink(Path.Combine(_root, "build"), target);
        var place = RootedPath.Resolve("/build", _root);
        Assert.Equal((_root + found, isThere, true), (place.Path, place.IsThere, place.IsElsewhere));
    }

    [Fact]
    public void A_relative_link_in_the_middle_leads_nowhere_else()
    {
        File.CreateSymbolicLink(Path.Combine(_root, "src"), "usr/src");
        Directory.CreateDirectory(Path.Combine(_root, "usr/src/deep"));
        Assert.Equal(new RootedPath(Path.Combine(_root, "usr/src/deep"), 0, IsElsewhere: false), RootedPath.Resolve("/src/deep", _root));
        File.CreateSymbolicLink(Path.Combine(_root, "far"), "/usr/src");
        Assert.Equal(new RootedPath(Path.Combine(_root, "usr/src/deep"), 0, IsElsewhere: true), RootedPath.Resolve("/far/deep", _root));
    }

    [Fact]
    public void Links_to_themselves_and_too_many_are_told()
    {
        const int ELOOP = 40;
        File.CreateSymbolicLink(Path.Combine(_root, "self"), "self");
        Assert.Equal(ELOOP, RootedPath.Resolve("/self", _root).Error);
        for (int i = 0; i < 41; i++)
        {
            File.CreateSymbolicLink(
                Path.Combine(_root, i.ToString(CultureInfo.InvariantCulture)), i == 0 ? "usr" : (i - 1).ToString(CultureInfo.InvariantCulture));
        }

        Assert.Equal((Path.Combine(_root, "usr"), 0), (RootedPath.Resolve("/39", _root).Path, RootedPath.Resolve("/39", _root).Error));
        Assert.Equal(ELOOP, RootedPath.Resolve("/40", _root).Error);
    }

    [Fact]
    public void A_file_in_the_way_is_told()
    {
        const int ENOTDIR = 20;
        File.WriteAllText(Path.Combine(_root, "file"), "");
        Assert.Equal(ENOTDIR, RootedPath.Resolve("/file/below", _root).Error);
    }

    [Fact]
    public void Without_a_root_it_is_as_the_system_has_it()
    {
        File.CreateSymbolicLink(Path.Combine(_root, "build"), "usr/src");
        Assert.Equal(Path.Combine(_root, "usr/src"), RootedPath.Resolve(Path.Combine(_root, "build")).Path);
        Assert.Equal(Directory.GetCurrentDirectory(), RootedPath.Resolve(".").Path);
    }
}
