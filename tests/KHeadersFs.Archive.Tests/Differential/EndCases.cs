namespace KHeadersFs.Archive.Tests;

/// <summary>How tars end, and where they should not.</summary>
internal static class EndCases
{
    private static readonly byte[] First = RawTar.File("first.h", "one");
    private static readonly byte[] Last = RawTar.File("last.h", "two");
    private static readonly byte[] Zeros = new byte[RawMember.BlockSize];
    private static readonly byte[] Garbage = [.. Enumerable.Repeat((byte)'g', 2000)];

    internal static IEnumerable<TarCase> All =>
    [
        TarCase.Exactly("end-usual", First, Last, RawTar.End),
        TarCase.Exactly("end-record", First, Last, new byte[10240 - 2048]),
        TarCase.Exactly("end-none", First, Last),
        TarCase.Exactly("end-one-block", First, Last, Zeros),
        TarCase.Exactly("end-one-block-and-a-bit", First, Last, Zeros, new byte[100]),
        TarCase.Exactly("end-one-block-then-member", First, Zeros, Last, RawTar.End),
        TarCase.Exactly("end-one-block-then-garbage", First, Last, Zeros, Garbage),
        TarCase.Exactly("end-then-garbage", First, Last, RawTar.End, Garbage),
        TarCase.Exactly("end-then-zeros-and-garbage", First, Last, RawTar.End, new byte[5000], Garbage),
        TarCase.Exactly("end-then-member", First, RawTar.End, Last, RawTar.End),
        TarCase.Exactly("end-then-one-byte", First, Last, RawTar.End, [1]),
        TarCase.Exactly("end-garbage-instead", First, Last, Garbage),
        TarCase.Exactly("end-few-bytes-instead", First, Last, Garbage[..100]),
        TarCase.Exactly("end-few-zeros-instead", First, Last, new byte[100]),
        TarCase.Exactly("end-no-padding", First, (new RawMember { Name = "last.h", Body = "two"u8.ToArray(), Padded = false }).ToBytes()),
        TarCase.Exactly("end-half-padding", First, Last[..700]),
        TarCase.Exactly("end-within-body", First, RawTar.File("last.h", new string('b', 2000))[..1024]),
        TarCase.Exactly("end-without-body", First, RawTar.File("last.h", new string('b', 2000))[..512]),
        TarCase.Exactly("end-within-header", First, Last[..300]),
        TarCase.Exactly("end-huge-size", First, (new RawMember { Name = "last.h", Size = RawTar.Base256((Int128)1 << 50, 12) }).ToBytes(), RawTar.End),
        TarCase.Exactly("end-size-beyond-63-bits", First, (new RawMember { Name = "last.h", Size = RawTar.Base256((Int128)1 << 63, 12) }).ToBytes(), RawTar.End),
        TarCase.Exactly("end-size-close-to-63-bits", First, (new RawMember { Name = "last.h", Size = RawTar.Base256(long.MaxValue - 5, 12) }).ToBytes(), RawTar.End),
        TarCase.Exactly("end-two-tars", First, RawTar.End, RawTar.End, Last, RawTar.End),
        TarCase.Exactly("end-zeros-only", RawTar.End),
        TarCase.Exactly("end-text-only", RawTar.Latin1(new string('t', 3000))),
    ];
}
