using System.Text;
using KHeadersFs.Headers;

namespace KHeadersFs.Fuse.Tests;

/// <summary>What a directory is to those who look for headers, over plain directories. KHeadersFs has no test project of its own for what needs no mount.</summary>
public sealed class HeaderTreeTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kheadersfs-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("Complete", "include/linux/kconfig.h include/generated/autoconf.h arch/x86/include/asm/page.h arch/x86/include/generated/asm/types.h")]
    [InlineData("Complete", "include/linux/kconfig.h include/generated/autoconf.h arch/x86/include/asm/page.h arch/arm/include/asm/page.h arch/x86/include/generated/asm/types.h")]
    [InlineData("Complete", "include/linux/kconfig.h include/generated/autoconf.h")] // without any architecture, as hand-made ones
    [InlineData("Unfinished", "include/linux/kconfig.h")]
    [InlineData("Unfinished", "include/linux/kconfig.h include/generated/autoconf.h arch/x86/include/asm/page.h")]
    [InlineData("Unfinished", "include/linux/kconfig.h arch/x86/include/asm/page.h arch/x86/include/generated/asm/types.h")]
    [InlineData("Remains", "Makefile")]
    [InlineData("Remains", "include/generated/autoconf.h")]
    [InlineData("Other", "README")]
    [InlineData("Other", "include/linux/types.h")]
    public void A_directory_is_what_its_files_make_it(string state, string files)
    {
        string tree = Make("tree", files.Split(' '));
        HeaderTree found = HeaderTree.Look(tree);
        Assert.Equal((state, Errno.None), (found.State.ToString(), found.Errno));
        Assert.Equal(state is "Complete" ? [tree] : [], found.Directories);
        Assert.Equal(state is "Complete", found.IsUsable);
        Assert.True(found.IsKnown);
    }

    [Theory]
    [InlineData("beside")]
    [InlineData("inside")]
    [InlineData("Makefile")]
    public void The_other_half_is_found_where_builds_leave_a_trace_of_it(string trace)
    {
        string source = Make(trace is "beside" ? "source" : "far", "include/linux/kconfig.h", "arch/x86/include/asm/page.h");
        string build = Make("build", "include/generated/autoconf.h");
        File.WriteAllText($"{build}/Makefile", trace is "Makefile" ? $"# comment\ninclude {source}/Makefile\n" : "");
        if (trace is "inside")
        {
            File.CreateSymbolicLink($"{build}/source", source);
        }

        HeaderTree unfinished = HeaderTree.Look(build);
        Assert.Equal(HeaderState.Unfinished, unfinished.State);
        Make("build", "arch/x86/include/generated/asm/types.h", "include/generated/utsrelease.h");
        File.WriteAllText($"{build}/include/generated/utsrelease.h", "#define UTS_RELEASE \"7.2.13\"\n");
        HeaderTree found = HeaderTree.Look(build);
        string half = trace is "inside" ? $"{build}/source" : source;
        Assert.Equal((HeaderState.Split, half, "7.2.13"), (found.State, found.Source, found.KernelRelease));
        Assert.Equal([build, half], found.Directories);
        Message.Says(found.Description, $"headers {half}");
    }

    [Fact]
    public void An_empty_directory_is_no_build_of_the_source_beside_it()
    {
        Make("source", "include/linux/kconfig.h");
        string build = Directory.CreateDirectory($"{_root}/build").FullName;
        Assert.Equal(HeaderState.Empty, HeaderTree.Look(build).State);
    }

    [Fact]
    public void What_is_not_there_or_no_directory_is_known()
    {
        HeaderTree absent = HeaderTree.Look($"{_root}/absent");
        Assert.Equal((HeaderState.Absent, true), (absent.State, absent.IsKnown));
        File.WriteAllText($"{_root}/file", "");
        Assert.Equal(HeaderState.NoDirectory, HeaderTree.Look($"{_root}/file").State);
        Assert.Equal(HeaderState.NoDirectory, HeaderTree.Look($"{_root}/file/below").State);
    }

    [Theory]
    [InlineData(Errno.EACCES, "Denied")]
    [InlineData(Errno.ENOTCONN, "Dead")]
    [InlineData(Errno.ECONNABORTED, "Dead")]
    [InlineData(Errno.EIO, "Unreadable")]
    public void What_cannot_be_seen_is_not_known(Errno errno, string state)
    {
        var unseen = HeaderTree.Unseen(_root, errno);
        Assert.Equal((state, false), (unseen.State.ToString(), unseen.IsKnown));
    }

    [Theory]
    [InlineData("struct a {\n\tstruct b;\n};\n", true)]
    [InlineData("union {\r\n    union b_2 ;\r\n", false)] // a blank before the semicolon is nobody's style
    [InlineData("\tunion b_2;", true)]
    [InlineData("struct b;\nunion c;\n", false)]
    [InlineData("\tstruct b c;\n", false)]
    [InlineData("\tstruct b *c;\n", false)]
    [InlineData("\tstruct {\n\t};\n", false)]
    [InlineData("\tconst struct b;\n", false)]
    public void A_member_with_a_tag_and_no_name_is_known_from_others(string text, bool isOne) =>
        Assert.Equal(isOne, ClientLimits.HasUnnamedMember(Encoding.UTF8.GetBytes(text)));

    private string Make(string tree, params string[] files)
    {
        foreach (string file in files)
        {
            string path = $"{_root}/{tree}/{file}";
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
        }

        return $"{_root}/{tree}";
    }
}
