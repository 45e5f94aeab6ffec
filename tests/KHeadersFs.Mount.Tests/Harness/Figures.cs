namespace KHeadersFs.Mount.Tests;

/// <summary>Puts a measured figure into the output of the test that measured it, also when it passes.</summary>
internal static class Figures
{
    internal static void Note(FormattableString figure) =>
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(figure));
}
