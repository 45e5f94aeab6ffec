namespace KHeadersFs.Fuzz;

/// <summary>One kind of input, and what reads it.</summary>
internal abstract class Target
{
    /// <summary>As the command line has it.</summary>
    internal abstract string Name { get; }

    /// <summary>Makes an input and has it read; whether it was taken, not refused. Throws for what must not happen.</summary>
    internal abstract bool Run(Random random);

    /// <summary>Some inputs for afl-fuzz to begin with.</summary>
    internal abstract IEnumerable<byte[]> Seeds();

    /// <summary>Has any bytes read as such an input, with checksums that are right. Throws for what must not happen.</summary>
    internal abstract void Read(byte[] input);
}
