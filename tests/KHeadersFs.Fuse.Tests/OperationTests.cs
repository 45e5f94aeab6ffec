using static KHeadersFs.Fuse.Tests.Wire;

namespace KHeadersFs.Fuse.Tests;

public class OperationTests
{
    private const string Unique = "8877665544332211";
    private const string Forever = "ffffffffffffff7f"; // the longest that is positive in the kernel's signed seconds

    private static readonly string s_hello = Attributes(2, 15, 1, "a4810000", 1);
    private static readonly string s_root = Attributes(1, 0, 0, "ed410000", 2);

    [Fact]
    public void Lookup_finds_a_name_and_is_cached_for_ever() => AssertReply(
        Hex(
            "32000000", // len 50
            "01000000", // opcode LOOKUP
            Unique,
            "0100000000000000", // nodeid: root
            "e8030000 e9030000 92100000", // uid, gid, pid
            "0000 0000", // total_extlen, padding
            "68656c6c6f2e74787400"), // "hello.txt\0"
        Hex(
            "90000000 00000000", Unique, // len 144, no error
            "0200000000000000", // nodeid
            "0700000000000000", // generation
            Forever, Forever, // entry_valid, attr_valid
            "00000000 00000000", // entry_valid_nsec, attr_valid_nsec
            s_hello));

    [Fact]
    public void Lookup_of_a_missing_name_is_cached_as_absent() => AssertReply(
        Request(1, 1, Text("vmlinux\0")),
        Hex(
            "90000000 00000000", Unique,
            "0000000000000000", // nodeid 0: absent
            "0000000000000000",
            Forever, // entry_valid
            "0000000000000000", // attr_valid
            "0000000000000000",
            new string('0', 176)));

    [Fact]
    public void What_a_lookup_has_found_is_expected_to_be_read_and_nothing_else_is()
    {
        Assert.Equal(2u, ExpectedAfter(Request(1, 1, Text("hello.txt\0"))));
        Assert.Equal(0u, ExpectedAfter(Request(1, 1, Text("vmlinux\0")))); // absent
        Assert.Equal(0u, ExpectedAfter(Request(1, 99, Text("hello.txt\0")))); // an error
        Assert.Equal(0u, ExpectedAfter(Request(3, 2, new string('0', 32)))); // GETATTR
    }

    [Fact]
    public void Lookup_in_an_unknown_directory_fails_and_is_not_cached() =>
        AssertError(Errno.ESTALE, Request(1, 99, Text("x\0")));

    [Theory]
    [InlineData("6162")] // no terminator
    [InlineData("0000")] // empty name
    [InlineData("610062")] // terminator in the middle
    [InlineData("616200 00")] // bytes behind the terminator
    public void Lookup_of_a_malformed_name_is_invalid(string name) =>
        AssertError(Errno.EINVAL, Request(1, 1, name));

    [Fact]
    public void Getattr_of_the_root_is_its_attributes() => AssertReply(
        Request(3, 1, "00000000 00000000 0000000000000000"), // getattr_flags, dummy, fh
        Hex(
            "78000000 00000000", Unique, // len 120
            Forever, "00000000 00000000", // attr_valid, nsec, dummy
            s_root));

    [Fact]
    public void Getattr_of_an_unknown_node_is_stale() =>
        AssertError(Errno.ESTALE, Request(3, 0, "00000000 00000000 0000000000000000"));

    [Fact]
    public void Readlink_gives_the_target_without_terminator() => AssertReply(
        Request(5, 3),
        Hex("1a000000 00000000", Unique, Text("sub/deep.h")));

    [Fact]
    public void Readlink_of_a_file_is_invalid() => AssertError(Errno.EINVAL, Request(5, 2));

    [Fact]
    public void Read_gives_the_bytes_from_the_offset() => AssertReply(
        Request(15, 2, ReadIn(7, 4)),
        Hex("14000000 00000000", Unique, Text("kern")));

    [Fact]
    public void Read_is_short_only_at_the_end() => AssertReply(
        Request(15, 2, ReadIn(7, 4096)),
        Hex("18000000 00000000", Unique, Text("kernel!\n")));

    [Fact]
    public void Read_behind_the_end_is_empty() => AssertReply(
        Request(15, 2, ReadIn(ulong.MaxValue, 4096)),
        Hex("10000000 00000000", Unique));

    [Fact]
    public void Read_of_a_whole_reply_buffer_fits()
    {
        FakeTree tree = FakeTree.Sample();
        byte[] reply = Answer(Connected(tree), Request(15, 6, ReadIn(1000, 131072)));
        Assert.Equal(131088, reply.Length);
        Assert.Equal(tree.Content(6).AsSpan(1000, 131072), reply.AsSpan(16));
    }

    [Theory]
    [InlineData(131073)]
    [InlineData(uint.MaxValue)]
    public void Read_of_more_than_a_reply_buffer_is_invalid_and_never_short(uint size) =>
        AssertError(Errno.EINVAL, Request(15, 6, ReadIn(0, size)));

    [Fact]
    public void Read_of_a_directory_fails() => AssertError(Errno.EISDIR, Request(15, 1, ReadIn(0, 4096)));

    [Fact]
    public void Readdir_lists_names_with_types_and_offsets() => AssertReply(
        Request(28, 4, ReadIn(0, 4096)),
        Hex(
            "90000000 00000000", Unique, // len 144
            "0400000000000000 0100000000000000 01000000 04000000 2e00000000000000", // ino, off, namelen, DT_DIR, "."
            "0100000000000000 0200000000000000 02000000 04000000 2e2e000000000000", // ".."
            "0500000000000000 0600000000000000 06000000 08000000", Text("deep.h"), "0000", // DT_REG
            "0600000000000000 0700000000000000 07000000 08000000", Text("big.bin"), "00"));

    [Fact]
    public void Readdir_goes_on_at_an_offset_until_full() => AssertReply(
        Request(28, 4, ReadIn(1, 64)), // room for two entries of 32
        Hex(
            "50000000 00000000", Unique,
            "0100000000000000 0200000000000000 02000000 04000000 2e2e000000000000",
            "0500000000000000 0600000000000000 06000000 08000000", Text("deep.h"), "0000"));

    [Fact]
    public void Readdir_behind_the_last_entry_is_empty() => AssertReply(
        Request(28, 4, ReadIn(7, 4096)),
        Hex("10000000 00000000", Unique));

    [Theory]
    [InlineData(28u)]
    [InlineData(44u)]
    public void Readdir_without_room_for_one_entry_is_invalid_and_not_the_end(uint opcode) =>
        AssertError(Errno.EINVAL, Request(opcode, 4, ReadIn(0, 31)));

    [Fact]
    public void Readdir_of_a_file_fails() => AssertError(Errno.ENOTDIR, Request(28, 2, ReadIn(0, 4096)));

    [Fact]
    public void Readdirplus_carries_attributes_but_no_node_for_dots() => AssertReply(
        Request(44, 1, ReadIn(0, 512)), // room for ".", ".." and one more
        Hex(
            "f8010000 00000000", Unique, // len 504 = 16 + 160 + 160 + 168
            new string('0', 256), // entry_out: node id 0
            "0100000000000000 0100000000000000 01000000 04000000 2e00000000000000",
            new string('0', 256),
            "0100000000000000 0200000000000000 02000000 04000000 2e2e000000000000",
            "0200000000000000 0700000000000000", Forever, Forever, "0000000000000000", s_hello,
            "0200000000000000 0300000000000000 09000000 08000000", Text("hello.txt"), "00000000000000"));

    [Fact]
    public void Statfs_is_full() => AssertReply(
        Request(17, 1),
        Hex(
            "60000000 00000000", Unique, // len 96
            U64(77), U64(0), U64(0), U64(6), U64(0), // blocks, bfree, bavail, files, ffree
            U32(4096), U32(255), U32(4096), U32(0), // bsize, namelen, frsize, padding
            new string('0', 48)));

    [Theory]
    [InlineData(14u)]
    [InlineData(27u)]
    public void Open_is_answered_once_and_for_all(uint opcode) =>
        AssertError(Errno.ENOSYS, Request(opcode, 1, "00800000 00000000"));

    [Fact]
    public void Release_and_destroy_succeed()
    {
        AssertReply(Request(18, 2, new string('0', 48)), Hex("10000000 00000000", Unique));
        AssertReply(Request(29, 1, new string('0', 48)), Hex("10000000 00000000", Unique));
        AssertReply(Request(38, 0), Hex("10000000 00000000", Unique));
    }

    [Theory]
    [InlineData(2u, 8)] // FORGET
    [InlineData(36u, 8)] // INTERRUPT
    [InlineData(41u, 40)] // NOTIFY_REPLY
    [InlineData(42u, 24)] // BATCH_FORGET
    public void Forget_and_interrupt_get_no_reply(uint opcode, int size) =>
        Assert.Empty(Answer(Connected(), Request(opcode, 2, new string('0', size * 2))));

    [Fact]
    public void Everything_that_writes_is_refused_as_read_only()
    {
        FuseDispatcher dispatcher = Connected();
        uint[] writing = [4, 6, 8, 9, 10, 11, 12, 13, 16, 21, 24, 35, 43, 45, 47, 51, 53];
        foreach (uint opcode in writing)
        {
            byte[] reply = Answer(dispatcher, Request(opcode, 1, new string('0', 256)));
            Assert.Equal(Hex("10000000 e2ffffff", Unique), reply); // -30
        }
    }

    [Fact]
    public void What_is_not_supported_says_so_and_is_not_asked_again()
    {
        FuseDispatcher dispatcher = Connected();
        uint[] known = [20, 22, 25, 30, 31, 32, 33, 34, 37, 39, 40, 46, 48, 49, 50, 52];
        uint[] other = [.. known, 0, 7, 19, 54, 4096, uint.MaxValue];
        foreach (uint opcode in other)
        {
            byte[] reply = Answer(dispatcher, Request(opcode, 1, new string('0', 256)));
            Assert.Equal(Hex("10000000 daffffff", Unique), reply); // -38
        }

        Assert.Equal(4, dispatcher.Counters.Requests((FuseOpcode)999)); // 0, 54, 4096, the highest
    }

    [Fact]
    public void Every_opcode_of_the_protocol_is_in_the_table()
    {
        foreach (FuseOpcode opcode in Enum.GetValues<FuseOpcode>())
        {
            Assert.Equal(opcode.ToString(), "FUSE_" + OperationTable.Find((uint)opcode).Name);
        }
    }

    [Fact]
    public void Counters_tell_what_was_asked()
    {
        FuseDispatcher dispatcher = Connected();
        Answer(dispatcher, Request(1, 1, Text("vmlinux\0")));
        Answer(dispatcher, Request(15, 2, ReadIn(0, 4096)));
        Answer(dispatcher, Request(9, 1, new string('0', 40)));
        Assert.Equal(1, dispatcher.Counters.Requests(FuseOpcode.FUSE_LOOKUP));
        Assert.Equal(1, dispatcher.Counters.AbsentNames);
        Assert.Equal(15, dispatcher.Counters.ReadBytes);
        Assert.Equal(1, dispatcher.Counters.Errors);
        Assert.Equal(4, dispatcher.Counters.Total);
        IEnumerable<string> names = dispatcher.Counters.ByOperation().Select(pair => pair.Key);
        Assert.Equal("LOOKUP MKDIR READ INIT", string.Join(' ', names));
    }

    private static string Attributes(ulong ino, ulong size, ulong blocks, string mode, uint links) => string.Concat(
        U64(ino), U64(size), U64(blocks),
        "0000006500000000 0000006500000000 0100006500000000", // atime, mtime, ctime
        "f4010000 f4010000 90010000", // their nanoseconds
        mode, U32(links), "00000000 00000000 00000000", // nlink, uid, gid, rdev
        "00100000 00000000"); // blksize, flags

    private static void AssertReply(byte[] request, byte[] expected) =>
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(Answer(Connected(), request)));

    private static void AssertError(Errno errno, byte[] request)
    {
        byte[] reply = Answer(Connected(), request);
        Assert.Equal(Hex("10000000", U32(unchecked((uint)-(int)errno)), Unique), reply);
    }

    private static ulong ExpectedAfter(byte[] request)
    {
        FakeTree tree = FakeTree.Sample();
        FuseDispatcher dispatcher = Connected(tree);
        dispatcher.Replied(request, Answer(dispatcher, request));
        return tree.Expected;
    }
}
