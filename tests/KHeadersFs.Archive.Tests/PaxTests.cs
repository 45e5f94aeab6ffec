using System.Text;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tar;

namespace KHeadersFs.Archive.Tests;

public sealed class PaxTests
{
    [Fact]
    public void Times_of_pax_headers_keep_their_nanoseconds()
    {
        using HeaderStore store = Open(RawTar.Pax('x', ("mtime", "1700000000.123456789")), RawTar.File("a.h", "a"));

        Assert.Equal(1_700_000_000, store.Nodes.ModifiedSeconds(store.Find("a.h")));
        Assert.Equal(123_456_789u, store.Nodes.ModifiedNanoseconds(store.Find("a.h")));
    }

    [Fact]
    public void A_global_time_holds_for_later_members_without_their_own()
    {
        using HeaderStore store = Open(
            RawTar.File("before.h", "b"),
            RawTar.Pax('g', ("mtime", "5.5"), ("comment", "c0ffee")),
            RawTar.File("global.h", "g"),
            RawTar.Pax('x', ("mtime", "7.25")),
            RawTar.File("own.h", "o"));

        Assert.Equal(RawTar.Time, store.Nodes.ModifiedSeconds(store.Find("before.h")));
        Assert.Equal(5, store.Nodes.ModifiedSeconds(store.Find("global.h")));
        Assert.Equal(500_000_000u, store.Nodes.ModifiedNanoseconds(store.Find("global.h")));
        Assert.Equal(7, store.Nodes.ModifiedSeconds(store.Find("own.h")));
    }

    [Fact]
    public void A_path_of_a_pax_header_replaces_the_name()
    {
        string path = string.Join("/", Enumerable.Repeat("directory", 40)) + "/ü.h";
        using HeaderStore store = Open(RawTar.Pax('x', ("path", RawTar.Utf8(path))), RawTar.File("short", "a"));

        Assert.Equal("a", store.ReadText(path));
    }

    [Theory]
    [InlineData("0", 0, 0)]
    [InlineData("12.5", 12, 500_000_000)]
    [InlineData("12.123456789123", 12, 123_456_789)]
    [InlineData("-1", -1, 0)]
    [InlineData("-0.5", -1, 500_000_000)]
    [InlineData("-1.25", -2, 750_000_000)]
    [InlineData("-1.0000000001", -2, 999_999_999)]
    [InlineData("5x", 5, 0)] // as GNU tar
    [InlineData("5.x", 5, 0)]
    [InlineData("9223372036854775807.9", long.MaxValue, 900_000_000)]
    public void Times_are_read(string text, long seconds, uint nanoseconds)
    {
        Assert.True(TarTime.TryRead(Encoding.ASCII.GetBytes(text), out TarTime time, out bool clamped));
        Assert.Equal((new TarTime(seconds, nanoseconds), false), (time, clamped));
    }

    [Theory]
    [InlineData("9223372036854775808", long.MaxValue)]
    [InlineData("-99999999999999999999.5", long.MinValue)]
    public void Times_beyond_64_bits_are_clamped(string text, long seconds)
    {
        Assert.True(TarTime.TryRead(Encoding.ASCII.GetBytes(text), out TarTime time, out bool clamped));
        Assert.Equal((new TarTime(seconds, 0), true), (time, clamped));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".5")]
    [InlineData("-")]
    [InlineData("+5")]
    public void What_is_no_time_is_not_read(string text) =>
        Assert.False(TarTime.TryRead(Encoding.ASCII.GetBytes(text), out _, out _));

    [Fact]
    public void A_sparse_member_of_star_is_refused_by_name()
    {
        var member = new RawMember { Name = "holes.h", Type = 'S', Patches = [(476, "00000000000 00000000000 ")] };
        ArchiveException refusal = Assert.Throws<ArchiveException>(() => Open(member.ToBytes()));
        Assert.Contains("\"holes.h\"", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("star", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_slash_behind_the_name_of_a_directory_does_not_count_as_length()
    {
        string path = string.Concat(Enumerable.Repeat("d/", 2047)) + "d"; // 4,095 bytes
        using HeaderStore store = Open(
            RawTar.Pax('x', ("path", path + "/")), new RawMember { Name = "d", Type = '5' }.ToBytes(), RawTar.File("a.h", "a"));

        Assert.True(store.Find(path) >= 0);
        Assert.Empty(TestArchive.Warnings);
    }

    private static HeaderStore Open(params byte[][] members) =>
        TestArchive.Open(TestArchive.Compress([.. members.SelectMany(static m => m), .. new byte[1024]]));
}
