using static KHeadersFs.Fuse.Tests.Wire;

namespace KHeadersFs.Fuse.Tests;

/// <summary>There are no extended attributes: a list of them is empty, and one by its name is not supported.</summary>
public class ExtendedAttributeTests
{
    private const string Unique = "8877665544332211";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_list_is_empty_and_its_length_0(ulong node)
    {
        FuseDispatcher dispatcher = Connected();
        Assert.Equal(Hex("18000000 00000000", Unique, "00000000 00000000"), Answer(dispatcher, Request(23, node, "00000000 00000000"))); // the length is asked for
        Assert.Equal(Hex("10000000 00000000", Unique), Answer(dispatcher, Request(23, node, "00010000 00000000")));
        Assert.Equal(0, dispatcher.Counters.Errors);
    }

    [Fact]
    public void One_by_its_name_is_asked_for_once_and_never_again() =>
        Assert.Equal(Errno.ENOSYS, ErrorOf(Answer(Connected(), Request(22, 2, "00000000 00000000", Text("user.x\0")))));
}
