using System.Runtime.InteropServices;
using KHeadersFs.Archive.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Store;

/// <summary>
/// The tables of a store in memory. Those of a sealed file in memory are its own pages, which all processes that have the store share:
/// it can neither change nor shrink. Those of a file on a disk are read, for a mapping would end the process when the disk fails.
/// </summary>
internal sealed unsafe class TableMemory : SafeHandle
{
    /// <summary>So much of a mapping is made at once, in bytes; each page alone costs a fault.</summary>
    private const int MostAtOnce = 4 << 20;

    private readonly nuint _mapped; // bytes of the mapping; 0 if it is none
    private readonly int _skip;
    private readonly int _length;

    private TableMemory(void* memory, nuint mapped, int skip, int length)
        : base(0, ownsHandle: true)
    {
        _mapped = mapped;
        _length = length;
        _skip = skip;
        SetHandle((nint)memory);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The first byte; valid until this is disposed.</summary>
    internal byte* Pointer => (byte*)handle + _skip;

    /// <summary>All bytes; valid until this is disposed.</summary>
    internal ReadOnlySpan<byte> Span => new(Pointer, _length);

    /// <summary>The <paramref name="length"/> bytes at <paramref name="offset"/> of <paramref name="file"/>.</summary>
    /// <exception cref="ArchiveException">The file ends before.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static TableMemory Of(SafeFileHandle file, long offset, int length)
    {
        int seals = LibC.Control(file, LibC.GetSeals, 0);
        return seals >= 0 && (seals & LibC.AllSeals) == LibC.AllSeals
            ? Map(file, offset, length)
            : Read(file, offset, length);
    }

    /// <summary>
    /// Lets go of the pages of a large mapping, all of which have just been looked at: those that are needed again come back one by one.
    /// </summary>
    internal void Forget()
    {
        if (_mapped > MostAtOnce)
        {
            PageRange.Discard((void*)handle, _mapped);
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        if (_mapped > 0)
        {
            _ = LibC.Unmap((void*)handle, _mapped);
        }
        else
        {
            NativeMemory.Free((void*)handle);
        }

        return true;
    }

    private static TableMemory Map(SafeFileHandle file, long offset, int length)
    {
        if (offset + length > RandomAccess.GetLength(file))
        {
            throw ArchiveException.DamagedStore("ends early");
        }

        int skip = (int)(offset % Environment.SystemPageSize);
        nuint mapped = (nuint)length + (nuint)skip;
        int flags = LibC.MAP_SHARED | (length <= MostAtOnce ? LibC.MAP_POPULATE : 0);
        void* memory = LibC.Map(null, mapped, LibC.PROT_READ, flags, file, offset - skip);
        return (nint)memory == -1
            ? throw new IOException($"mmap: {Marshal.GetLastPInvokeErrorMessage()}")
            : new TableMemory(memory, mapped, skip, length);
    }

    private static TableMemory Read(SafeFileHandle file, long offset, int length)
    {
        byte* memory = (byte*)NativeMemory.Alloc((nuint)length);
        var tables = new TableMemory(memory, mapped: 0, skip: 0, length);
        PageRange.Populate(memory, (nuint)Math.Min(length, MostAtOnce));
        if (RandomAccess.Read(file, new Span<byte>(memory, length), offset) != length)
        {
            tables.Dispose();
            throw ArchiveException.DamagedStore("ends early");
        }

        return tables;
    }
}
