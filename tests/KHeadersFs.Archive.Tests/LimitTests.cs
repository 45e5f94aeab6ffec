using KHeadersFs.Archive.Store;

namespace KHeadersFs.Archive.Tests;

/// <summary>Each limit holds at what it says and not one beyond; what is refused or left out names the option.</summary>
public sealed class LimitTests
{
    private static readonly byte[] s_first = RawTar.File("first.h");

    [Fact]
    public void So_many_members_and_not_one_more() =>
        AssertRefused("members", 2, static n => new ArchiveLimits { Members = n }, RawTar.File("second.h"));

    [Fact]
    public void So_many_directories_without_a_member_and_not_one_more() =>
        AssertRefused("implied", 3, static n => new ArchiveLimits { ImpliedDirectories = n }, RawTar.File("a/b/c/d.h"));

    [Fact]
    public void So_many_bytes_of_extended_headers_before_a_member_and_not_one_more()
    {
        byte[] header = RawTar.Pax('x', ("comment", "twelve bytes"));
        int length = RawTar.Record("comment", "twelve bytes").Length;
        AssertRefused("header", length, static n => new ArchiveLimits { HeaderBytes = n }, header, RawTar.File("a.h"));
    }

    [Fact]
    public void Long_names_and_targets_count_as_extended_headers() => AssertRefused(
        "header", 150 + 1 + 200 + 1, static n => new ArchiveLimits { HeaderBytes = n },
        RawTar.Long('L', new string('n', 150)), RawTar.Long('K', new string('t', 200)), RawTar.Symlink("s", "s"));

    [Fact]
    public void So_many_bytes_of_all_extended_headers_and_not_one_more()
    {
        byte[] member = [.. RawTar.Pax('x', ("comment", "c")), .. RawTar.File("a.h"), .. RawTar.Pax('g', ("comment", "c")), .. RawTar.File("b.h")];
        AssertRefused("headers", 2 * RawTar.Record("comment", "c").Length, static n => new ArchiveLimits { AllHeaderBytes = n }, member);
    }

    [Fact]
    public void So_many_bytes_decoded_and_not_one_more() =>
        AssertRefused("decoded", s_first.Length + RawTar.End.Length, static n => new ArchiveLimits { DecodedBytes = n });

    [Fact]
    public void So_many_bytes_compressed_and_not_one_more()
    {
        byte[] archive = Archive();
        TestArchive.Open(archive, new ArchiveLimits { CompressedBytes = archive.Length }).Dispose();
        Assert.Contains("-o limit_compressed=", Refusal(archive, new ArchiveLimits { CompressedBytes = archive.Length - 1 }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, 0)]
    [InlineData(8, 1)]
    public void A_name_may_be_so_long_and_a_longer_one_is_left_out(int limit, int leftOut) =>
        AssertLeftOut("name", new ArchiveLimits { NameBytes = limit }, leftOut, "a/bcdef.h", RawTar.File("a/bcdef.h"), "f.h", RawTar.File("f.h"));

    [Theory]
    [InlineData(7, 0)]
    [InlineData(6, 1)]
    public void A_target_may_be_so_long_and_a_longer_one_is_left_out(int limit, int leftOut) => AssertLeftOut(
        "target", new ArchiveLimits { TargetBytes = limit }, leftOut, "long", RawTar.Symlink("long", "first.h"), "short", RawTar.Symlink("short", "long"));

    [Theory]
    [InlineData(3, 0)]
    [InlineData(2, 1)]
    public void A_member_may_be_so_deep_and_a_deeper_one_is_left_out(int limit, int leftOut) => AssertLeftOut(
        "depth", new ArchiveLimits { Depth = limit }, leftOut, "a/b/c.h", RawTar.File("a/.//b/c.h"), "a/d.h", RawTar.File("a/d.h"));

    /// <summary>Within a limit of <paramref name="most"/> the archive is read; with one less it is refused.</summary>
    private static void AssertRefused(string option, int most, Func<int, ArchiveLimits> limits, params byte[][] members)
    {
        byte[] archive = Archive(members);
        TestArchive.Open(archive, limits(most)).Dispose();
        string refusal = Refusal(archive, limits(most - 1));
        Assert.Contains($"-o limit_{option}=", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal);
    }

    private static void AssertLeftOut(
        string option, ArchiveLimits limits, int leftOut, string name, byte[] member, string other, byte[] otherMember)
    {
        using HeaderStore store = TestArchive.Open(Archive(member, otherMember), limits);
        Assert.Equal(leftOut == 0, store.Find(name) >= 0);
        Assert.True(store.Find(other) >= 0, "what is within the limit is missing");
        string[] named = [.. TestArchive.Warnings.Where(w => w.Contains($"(limit_{option})", StringComparison.Ordinal))];
        Assert.Equal(leftOut, named.Length);
    }

    private static byte[] Archive(params byte[][] members) =>
        TestArchive.Compress([.. s_first, .. members.SelectMany(static m => m), .. RawTar.End]);

    private static string Refusal(byte[] archive, ArchiveLimits limits) =>
        Assert.Throws<ArchiveException>(() => TestArchive.Open(archive, limits)).Message;
}
