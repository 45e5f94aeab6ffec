using KHeadersFs.Fuse.Wire;
using static KHeadersFs.Fuse.Tests.Wire;

namespace KHeadersFs.Fuse.Tests;

public class HandshakeTests
{
    private const string Unique = "8877665544332211";

    [Theory]
    [InlineData(4096, 32)]
    [InlineData(16384, 8)]
    [InlineData(65536, 2)]
    [InlineData(262144, 1)]
    public void A_READ_is_128_KiB_at_most_whatever_a_page_is(int pageSize, int pages) => Assert.Equal(
        pages, Negotiation.Answer(new FuseInitIn { Major = 7, Minor = 38 }, new FuseOptions(), pageSize).MaxPages);

    [Fact]
    public void Init_takes_what_is_wanted_of_what_is_offered()
    {
        FuseDispatcher dispatcher = New();
        int pages = Math.Max(131072 / Environment.SystemPageSize, 1);
        Assert.Equal(
            Hex(
                "50000000 00000000", Unique, // len 80
                "07000000 26000000", // 7.38
                "00000200", // max_readahead 128 KiB
                "11 20 e6 41", // 30, 24, 23, 22, 21; 18, 17; 13; 4, 0
                "1000 0c00", // max_background, congestion_threshold
                "00100000", // max_write
                "01000000", // time_gran
                U32((uint)pages), // max_pages, map_alignment
                "00000000", // flags2
                new string('0', 56)),
            Answer(dispatcher, Init));
        Assert.Equal(45u, dispatcher.Protocol.KernelMinor);
        Assert.Equal(38u, dispatcher.Protocol.Minor);
        Assert.True(dispatcher.Protocol.NoOpen);
    }

    [Theory]
    [InlineData("ffffffff", "00008000 00000000", false)] // flags2 offers something else
    [InlineData("ffffffff", "80000000 80000000", true)]
    [InlineData("ffffffbf", "80000000 00000000", false)] // without FUSE_INIT_EXT flags2 does not count
    public void Sending_again_is_agreed_on_where_the_kernel_offers_it(string flags, string offeredAndTaken, bool expected)
    {
        FuseDispatcher dispatcher = New();
        string offered = offeredAndTaken.Split(' ')[0];
        byte[] reply = Answer(dispatcher, Request(26, 0, "07000000 2d000000 00000200", flags, offered, new string('0', 88)));
        Assert.Equal(Hex(offeredAndTaken.Split(' ')[1]), reply[48..52]); // flags2
        Assert.Equal(expected, dispatcher.Protocol.CanResend);
    }

    [Fact]
    public void Init_of_an_old_kernel_is_short_and_offers_little()
    {
        FuseDispatcher dispatcher = New();
        byte[] reply = Answer(dispatcher, Request(26, 0, "07000000 17000000 00100000 01200000")); // 7.23
        Assert.Equal(Hex("07000000 17000000 00100000 01200000"), reply[16..32]);
        Assert.False(dispatcher.Protocol.NoOpen);
        Assert.False(dispatcher.Protocol.NoOpenDirectory);
    }

    [Fact]
    public void Without_no_open_support_opening_keeps_caches()
    {
        FuseDispatcher dispatcher = New();
        Answer(dispatcher, Request(26, 0, "07000000 17000000 00100000 01200000"));
        Assert.Equal(
            Hex("20000000 00000000", Unique, "0000000000000000 02000000 00000000"), // fh, FOPEN_KEEP_CACHE
            Answer(dispatcher, Request(14, 2, "00800000 00000000")));
        Assert.Equal(
            Hex("20000000 00000000", Unique, "0000000000000000 0a000000 00000000"), // and FOPEN_CACHE_DIR
            Answer(dispatcher, Request(27, 1, "00800100 00000000")));
        Assert.Equal(Errno.EROFS, ErrorOf(Answer(dispatcher, Request(14, 2, "01800000 00000000")))); // O_WRONLY
    }

    [Fact]
    public void Readdirplus_auto_is_an_option()
    {
        byte[] reply = Answer(new FuseDispatcher(FakeTree.Sample(), new FuseOptions { ReadDirPlusAuto = true }), Init);
        Assert.Equal(Hex("1160e641"), reply[28..32]);
    }

    [Theory]
    [InlineData("ffffffff", 7u)]
    [InlineData("efffffff", 0u)] // without FUSE_EXPORT_SUPPORT, as a session that an older server has begun
    public void Generations_are_told_where_the_kernel_exports(string flags, uint expected)
    {
        FuseDispatcher dispatcher = New();
        Answer(dispatcher, Request(26, 0, "07000000 2d000000 00000200", flags, new string('0', 96)));
        Assert.Equal(expected, BitConverter.ToUInt64(Answer(dispatcher, Request(1, 1, Text("hello.txt\0"))), 24)); // LOOKUP
        byte[] listing = Answer(dispatcher, Request(44, 1, ReadIn(2, 4096))); // READDIRPLUS behind the dots
        Assert.Equal(2ul, BitConverter.ToUInt64(listing, 16));
        Assert.Equal(expected, BitConverter.ToUInt64(listing, 24));
    }

    [Fact]
    public void A_newer_major_version_is_told_ours_and_sends_init_again()
    {
        FuseDispatcher dispatcher = New();
        Assert.Equal(
            Hex("50000000 00000000", Unique, "07000000 26000000", new string('0', 112)),
            Answer(dispatcher, Request(26, 0, "08000000 01000000 00000200 ffffffff")));
        Assert.Equal(HandshakeState.Expected, dispatcher.State);
        Answer(dispatcher, Init);
        Assert.Equal(HandshakeState.Done, dispatcher.State);
    }

    [Theory]
    [InlineData("07000000 16000000")] // 7.22
    [InlineData("06000000 ff000000")]
    public void A_kernel_that_is_too_old_is_refused(string version)
    {
        FuseDispatcher dispatcher = New();
        Assert.Equal(Errno.EPROTO, ErrorOf(Answer(dispatcher, Request(26, 0, version, "00000200 ffffffff"))));
        Assert.Equal(HandshakeState.Refused, dispatcher.State);
    }

    [Fact]
    public void Nothing_is_served_before_init_and_init_comes_once()
    {
        FuseDispatcher dispatcher = New();
        Assert.Equal(Errno.EIO, ErrorOf(Answer(dispatcher, Request(17, 1))));
        Answer(dispatcher, Init);
        Assert.Equal(Errno.EIO, ErrorOf(Answer(dispatcher, Init)));
    }

    private static FuseDispatcher New() => new(FakeTree.Sample(), new FuseOptions());
}
