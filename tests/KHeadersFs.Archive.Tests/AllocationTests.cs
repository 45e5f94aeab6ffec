using System.Formats.Tar;

namespace KHeadersFs.Archive.Tests;

/// <summary>Members cost rows of the tree and nothing on the managed heap.</summary>
public sealed class AllocationTests
{
    [Theory]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Pax)]
    public void Ten_thousand_members_allocate_no_more_than_a_hundred(TarEntryFormat format)
    {
        byte[] few = Make(format, 100);
        byte[] many = Make(format, 10_000);
        Measure(few);
        long more = Measure(many) - Measure(few);

        // The smallest object has 24 bytes; what is left is the queue's and the runtime's own.
        Assert.True(more < 4 * 10_000, $"{more} bytes more");
    }

    private static byte[] Make(TarEntryFormat format, int members)
    {
        using TestArchive archive = new TestArchive(format).File("a.h", "a");
        for (int i = 1; i < members; i++)
        {
            archive.File($"directory-{i % 100}/{new string('n', 120)}-{i}.h", "");
        }

        return archive.Xz();
    }

    /// <summary>Bytes that this thread allocates for a store: the decoder has its own, which allocates nothing.</summary>
    private static long Measure(byte[] archive)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        using (TestArchive.Build(archive))
        {
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
