using System.Text;
using KHeadersFs.Posix;

namespace KHeadersFs.Fuse.Tests;

public sealed class PathTextTests
{
    [Fact]
    public void Any_bytes_come_back_as_they_were()
    {
        var random = new Random(13);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = new byte[random.Next(12)];
            random.NextBytes(bytes);
            Assert.Equal(bytes, PathText.GetBytes(PathText.FromBytes(bytes)));
        }
    }

    [Theory]
    [InlineData("/lib/modules")]
    [InlineData("/Müller/日本/\U0001F600")]
    [InlineData("")]
    public void Valid_UTF_8_is_the_text_that_everybody_else_has(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Assert.Equal(text, PathText.FromBytes(bytes));
        Assert.Equal(bytes, PathText.GetBytes(text));
        Assert.Equal(text, PathText.Printable(text));
    }

    [Theory]
    [InlineData(new byte[] { 0xFC }, @"\xfc")]
    [InlineData(new byte[] { 0x41, 0xED, 0xA0, 0x80, 0x42 }, @"A\xed\xa0\x80B")] // a surrogate is no UTF-8
    [InlineData(new byte[] { 0xC0, 0xAF }, @"\xc0\xaf")] // nor is an overlong form
    [InlineData(new byte[] { 0xF0, 0x9F, 0x98 }, @"\xf0\x9f\x98")] // nor one that is cut short
    [InlineData(new byte[] { 0x1B, 0x5B, 0x0A }, @"\x1b[\x0a")]
    [InlineData(new byte[] { 0xC2, 0x9B, 0x31, 0x6D }, @"\xc2\x9b1m")] // CSI of C1: some terminals obey it
    [InlineData(new byte[] { 0x61, 0xE2, 0x80, 0xAE, 0x62 }, @"a\xe2\x80\xaeb")] // right to left
    [InlineData(new byte[] { 0xE2, 0x80, 0xA8 }, @"\xe2\x80\xa8")] // line separator
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF, 0x61 }, @"\xef\xbb\xbfa")]
    [InlineData(new byte[] { 0xF3, 0xA0, 0x81, 0xA1 }, @"\xf3\xa0\x81\xa1")] // a tag: "a" that nobody sees
    public void What_cannot_be_printed_is_shown_byte_by_byte(byte[] bytes, string shown) =>
        Assert.Equal(shown, PathText.Printable(PathText.FromBytes(bytes)));

    [Fact]
    public void An_escape_after_a_pair_of_surrogates_is_one()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes("\U0001F600"), 0x80];
        Assert.Equal(bytes, PathText.GetBytes(PathText.FromBytes(bytes)));
        Assert.Equal("\U0001F600\\x80", PathText.Printable(PathText.FromBytes(bytes)));
    }

    [Theory]
    [InlineData("/a/./b//c/../d/", "/a/b/d")]
    [InlineData("/..", "/")]
    [InlineData("/", "/")]
    public void Dots_are_taken_for_names_alone(string path, string absolute) => Assert.Equal(absolute, PosixDirectory.Absolute(path));
}
