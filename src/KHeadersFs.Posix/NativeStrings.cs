using System.Runtime.InteropServices;

namespace KHeadersFs.Posix;

/// <summary>A null-terminated array of C strings, as execve(2) takes it.</summary>
internal sealed unsafe class NativeStrings : SafeHandle
{
    private readonly int _count;

    /// <summary>Copies <paramref name="strings"/>.</summary>
    internal NativeStrings(IEnumerable<string> strings)
        : base(0, ownsHandle: true)
    {
        string[] all = [.. strings];
        _count = all.Length;
        var array = (byte**)NativeMemory.AllocZeroed((nuint)_count + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < _count; i++)
        {
            array[i] = PathMarshaller.ConvertToUnmanaged(all[i]);
        }

        SetHandle((nint)array);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The array.</summary>
    internal byte** Pointer => (byte**)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        for (int i = 0; i < _count; i++)
        {
            PathMarshaller.Free(Pointer[i]);
        }

        NativeMemory.Free((void*)handle);
        return true;
    }
}
