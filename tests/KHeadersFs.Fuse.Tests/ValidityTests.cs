using static KHeadersFs.Fuse.Tests.Wire;

namespace KHeadersFs.Fuse.Tests;

/// <summary>How long the kernel may keep an answer: in each kind of answer that says so.</summary>
public class ValidityTests
{
    private const string Valid = "0200000000000000"; // seconds
    private const string ValidNanoseconds = "c0ebb80e"; // 247 ms

    private readonly FuseDispatcher _dispatcher = Connected(options: new FuseOptions { Validity = Validity.Of(TimeSpan.FromMilliseconds(2247)) });

    [Fact]
    public void A_name_has_it_twice() =>
        Assert.Equal(Hex(Valid, Valid, ValidNanoseconds, ValidNanoseconds), Answer(_dispatcher, Request(1, 1, Text("hello.txt\0")))[32..56]);

    [Fact]
    public void An_absent_name_has_it_once() =>
        Assert.Equal(Hex(Valid, "0000000000000000", ValidNanoseconds, "00000000"), Answer(_dispatcher, Request(1, 1, Text("vmlinux\0")))[32..56]);

    [Fact]
    public void Attributes_have_it() =>
        Assert.Equal(Hex(Valid, ValidNanoseconds), Answer(_dispatcher, Request(3, 2, new string('0', 32)))[16..28]);

    [Fact]
    public void An_entry_that_is_listed_with_its_attributes_has_it_twice() =>
        Assert.Equal(Hex(Valid, Valid, ValidNanoseconds, ValidNanoseconds), Answer(_dispatcher, Request(44, 1, ReadIn(2, 4096)))[32..56]);

    [Theory]
    [InlineData(1, 0, 100)]
    [InlineData(125 * TimeSpan.TicksPerMillisecond, 0, 125_000_000)]
    [InlineData(37 * TimeSpan.TicksPerSecond, 37, 0)]
    [InlineData((125_000 * TimeSpan.TicksPerSecond) + 1, 125_000, 100)]
    public void A_span_is_seconds_and_nanoseconds(long ticks, long seconds, long nanoseconds) =>
        Assert.Equal(new Validity((ulong)seconds, (uint)nanoseconds), Validity.Of(TimeSpan.FromTicks(ticks)));
}
