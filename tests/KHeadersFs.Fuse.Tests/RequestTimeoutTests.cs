using static KHeadersFs.Fuse.Tests.Wire;

namespace KHeadersFs.Fuse.Tests;

/// <summary>fuse_init_out.request_timeout: asked for where it is wanted and the kernel knows it.</summary>
public class RequestTimeoutTests
{
    /// <summary>Bit 42 is bit 10 of flags2; bit 31 of flags2 offers more that is not wanted.</summary>
    [Theory]
    [InlineData(65535, "ffffffff", "00040080", "00040000 00000000 ffff")]
    [InlineData(60, "ffffffff", "00040000", "00040000 00000000 3c00")]
    [InlineData(65535, "ffffffff", "00000080", "00000000 00000000 0000")] // the kernel knows no limit
    [InlineData(65535, "ffffffbf", "00040000", "00000000 00000000 0000")] // without FUSE_INIT_EXT flags2 does not count
    [InlineData(0, "ffffffff", "00040000", "00000000 00000000 0000")] // nothing is wanted
    public void It_is_asked_for_where_it_is_wanted_and_known(int wanted, string flags, string flags2, string answered)
    {
        var dispatcher = new FuseDispatcher(FakeTree.Sample(), new FuseOptions { RequestTimeout = (ushort)wanted });
        byte[] reply = Answer(dispatcher, Request(26, 0, "07000000 2d000000 00000200", flags, flags2, new string('0', 88)));
        Assert.Equal(80, reply.Length);
        Assert.Equal(Hex(answered), reply[48..58]); // flags2, max_stack_depth, request_timeout
    }
}
