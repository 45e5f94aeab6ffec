namespace KHeadersFs.Mount.Tests;

/// <summary>A small archive that asks for much.</summary>
/// <param name="Name">What it is, as a test shows it.</param>
/// <param name="Limit">The limit whose option the refusal names; null when the archive is to be mounted.</param>
/// <param name="Write">Writes it.</param>
/// <param name="Served">A name that is there when it is mounted.</param>
/// <param name="Lines">The most lines that the program may say.</param>
/// <param name="Compressor">xz, gzip or zstd, which wraps it.</param>
internal sealed record Bomb(
    string Name, string? Limit, Action<BombWriter> Write, string Served = "first.h", int Lines = 1, string Compressor = "xz")
{
    public override string ToString() => Name;
}
