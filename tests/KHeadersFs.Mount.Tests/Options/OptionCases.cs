namespace KHeadersFs.Mount.Tests;

/// <summary>What proves each option. One without a case here fails <see cref="OptionTests"/>.</summary>
internal static class OptionCases
{
    private static readonly Dictionary<string, Action<OptionCase>[]> All = new(
        TreeOptionCases.All.Concat(PlaceOptionCases.All).Concat(CacheOptionCases.All).Concat(ServerOptionCases.All).Concat(KernelOptionCases.All).Concat(LimitOptionCases.All),
        StringComparer.Ordinal);

    internal static IEnumerable<string> Names => All.Keys;

    internal static Action<OptionCase>[] Of(string option) => All.GetValueOrDefault(option, []);
}
