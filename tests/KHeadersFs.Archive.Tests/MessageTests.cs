using Xunit.Sdk;

namespace KHeadersFs.Archive.Tests;

/// <summary>What all suites look at messages with: a better sentence fits, another message does not.</summary>
public sealed class MessageTests
{
    private const string Said = "kheadersfs: /mnt: has 12 headers already (CONFIG_HZ); mount with -o force, or umount -l /mnt first\n";

    [Theory]
    [InlineData("headers -o force", true)]
    [InlineData("force -o umount -l /mnt 12", true)] // in any order
    [InlineData("CONFIG_HZ", true)]
    [InlineData("/mnt: already", true)]
    [InlineData("header", false)] // a part of a word
    [InlineData("HZ", false)]
    [InlineData("1", false)]
    [InlineData("mount headers warning", false)] // one is not there
    [InlineData("Headers", false)]
    [InlineData("", false)]
    public void It_has_all_words_or_not(string words, bool has) => Assert.Equal(has, Message.Has(Said, words));

    [Fact]
    public void It_is_one_line_about_its_subject()
    {
        Message.Is(Said, "/mnt", "headers -o force");
        Refused(() => Message.Is(Said, "/mn", "headers"));
        Refused(() => Message.Is(Said, "/other", "headers"));
        Refused(() => Message.Is(Said, "/mnt", "kheadersfs"));
        Refused(() => Message.Is(Said, "/mnt", "nonempty"));
        Refused(() => Message.Is(Said + Said, "/mnt", "headers"));
        Refused(() => Message.Is(Said.TrimEnd(), "/mnt", "headers"));
        Refused(() => Message.Is("", "/mnt", "headers"));
    }

    [Fact]
    public void A_warning_is_no_error_and_an_error_no_warning()
    {
        const string warning = "kheadersfs: warning: /mnt: is not empty; -o nonempty silences this\n";
        Message.IsWarning(warning, "/mnt", "-o nonempty");
        Refused(() => Message.Is(warning, "/mnt", "-o nonempty"));
        Refused(() => Message.IsWarning(Said, "/mnt", "headers"));
    }

    [Fact]
    public void All_words_are_on_one_of_the_lines()
    {
        Message.Says("one\n" + Said + "two\n", "headers force");
        Refused(() => Message.Says("one headers\nforce\n", "headers force"));
        Refused(() => Message.Says(null, "headers"));
    }

    private static void Refused(Action look) => Assert.Throws<TrueException>(look);
}
