using System.Text;
using KHeadersFs.Archive.Views;

namespace KHeadersFs.Archive.Tests.Views;

/// <summary>A header may have as much of anything as fits into it: none of it takes the stack.</summary>
public sealed class DirectiveDepthTests
{
    private const int Many = 300_000;

    [Fact]
    public void As_many_comments_may_stand_before_a_keyword_as_a_header_holds()
    {
        string comments = string.Concat(Enumerable.Repeat("/**/ ", Many));
        string text = $"#{comments}ifdef __KERNEL__\nkernel\n#{comments}else\nprogram\n#{comments}endif\n";
        string? made = null;
        var reader = new Thread(() => made = Encoding.UTF8.GetString(Conditionals.TryFilter(Encoding.UTF8.GetBytes(text)) ?? []), 256 << 10);
        reader.Start();
        reader.Join();
        Assert.Equal("program\n", made);
    }

    [Fact]
    public void A_comment_that_has_only_begun_ends_no_comment() =>
        Assert.Equal("#/*/ endif */ ifdef X\n#endif\n", Encoding.UTF8.GetString(Conditionals.TryFilter("#/*/ endif */ ifdef X\n#endif\n"u8) ?? []));
}
