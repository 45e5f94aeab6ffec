using KHeadersFs.Archive.Store;

namespace KHeadersFs.Serving;

/// <summary>Which kernel the headers of a store are of.</summary>
internal static class StoredRelease
{
    /// <summary>Holds <c>#define UTS_RELEASE "..."</c>, in every kernel's archive.</summary>
    internal const string Header = "include/generated/utsrelease.h";

    /// <summary>What uname -r says on that kernel; null when the headers do not tell.</summary>
    internal static string? Of(HeaderStore store) =>
        In(StoredFile.ReadText(store, Header, 512));

    /// <summary>The same of the header's text; null when it does not tell, or is not there.</summary>
    internal static string? In(string? header) => header?.Split('"') is { Length: >= 3 } quoted ? quoted[1] : null;
}
