namespace KHeadersFs.Archive;

/// <summary>Arrays for tables that are read from a store or filled as a whole, and then stay.</summary>
internal static unsafe class TableMemory
{
    /// <summary>
    /// An array of <paramref name="length"/> elements whose contents are yet to be written. It lies on the heap of what is never
    /// moved, so that opening a store does not bring on a collection, and its pages are made at once.
    /// </summary>
    internal static T[] Array<T>(int length)
        where T : unmanaged
    {
        T[] array = GC.AllocateUninitializedArray<T>(length, pinned: true);
        fixed (T* first = array)
        {
            PageRange.Populate(first, (nuint)length * (nuint)sizeof(T));
        }

        return array;
    }
}
