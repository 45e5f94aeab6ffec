using KHeadersFs.Archive.Interop;

namespace KHeadersFs.Archive;

/// <summary>What is asked of the kernel for whole pages of memory. It only saves time or memory: nothing depends on it.</summary>
internal static unsafe class PageRange
{
    /// <summary>
    /// Has all pages of a range made at once, which are about to be written: a page fault for each costs ten times as much, and
    /// in a virtual machine without hardware help 16 us a page.
    /// </summary>
    internal static void Populate(void* start, nuint length)
    {
        nuint mask = (nuint)Environment.SystemPageSize - 1;
        nuint first = (nuint)start & ~mask;
        nuint end = ((nuint)start + length + mask) & ~mask;
        _ = LibC.Advise((void*)first, end - first, LibC.MADV_POPULATE_WRITE);
    }

    /// <summary>Gives back all pages that lie wholly within a range, which is never looked at again.</summary>
    internal static void Discard(void* start, nuint length)
    {
        nuint mask = (nuint)Environment.SystemPageSize - 1;
        nuint first = ((nuint)start + mask) & ~mask;
        nuint end = ((nuint)start + length) & ~mask;
        if (first < end)
        {
            _ = LibC.Advise((void*)first, end - first, LibC.MADV_DONTNEED);
        }
    }
}
