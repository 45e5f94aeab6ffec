namespace KHeadersFs.Fuzz;

/// <summary>One kind of input, and what reads it.</summary>
internal abstract class Target
{
    /// <summary>As the command line has it.</summary>
    internal abstract string Name { get; }

    /// <summary>Makes an input and has it read; whether it was taken, not refused. Throws for what must not happen.</summary>
    internal abstract bool Run(Random random);
}
