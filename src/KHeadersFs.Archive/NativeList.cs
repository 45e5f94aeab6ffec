namespace KHeadersFs.Archive;

/// <summary>
/// A list outside of the managed heap. Growing it moves pages, not bytes, once it is large (realloc(3), mremap(2)), and what it has not
/// reached takes no memory, so a million elements cost what they hold.
/// </summary>
internal sealed unsafe class NativeList<T> : IDisposable
    where T : unmanaged
{
    private const int FirstCapacity = 1024;

    private readonly NativeBuffer _memory = new(FirstCapacity * sizeof(T));
    private int _capacity = FirstCapacity;

    /// <summary>Number of elements.</summary>
    internal int Count { get; private set; }

    /// <summary>All elements; valid until one is added.</summary>
    internal Span<T> Items => new(_memory.Pointer, Count);

    /// <summary>An element; valid until one is added.</summary>
    internal ref T this[int index] => ref Items[index];

    /// <summary>Appends an element and returns its index.</summary>
    internal int Add(in T item)
    {
        Reserve(1);
        Count++;
        this[Count - 1] = item;
        return Count - 1;
    }

    /// <summary>Appends elements and returns the index of the first.</summary>
    internal int AddRange(ReadOnlySpan<T> items)
    {
        Reserve(items.Length);
        Count += items.Length;
        items.CopyTo(Items[^items.Length..]);
        return Count - items.Length;
    }

    /// <summary>Appends <paramref name="count"/> elements of one value.</summary>
    internal void AddFilled(T value, int count)
    {
        Reserve(count);
        Count += count;
        Items[^count..].Fill(value);
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private void Reserve(int more)
    {
        if (Count + more > _capacity)
        {
            _capacity = Math.Max(_capacity * 2, Count + more);
            _memory.Grow(checked(_capacity * sizeof(T)));
        }
    }
}
