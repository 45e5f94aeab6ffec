using KHeadersFs.Interop;
using KHeadersFs.Posix;

namespace KHeadersFs.Logging;

/// <summary>What may be written to a terminal and to nothing else.</summary>
internal static class Terminal
{
    internal const int StandardOutput = 1;
    internal const int StandardError = 2;

    /// <summary>To the line's start, which is cleared (ECMA-48, EL).</summary>
    internal const string ClearLine = "\r\u001b[K";

    /// <summary>Whether a descriptor is one that can go back in a line.</summary>
    internal static bool IsOne(int descriptor) => LibC.IsTerminal(descriptor) == 1 && ProcessText.Variable("TERM") is { Length: > 0 } and not "dumb";

    /// <summary>Whether it is to have colour: not where NO_COLOR is set to anything (no-color.org).</summary>
    internal static bool HasColour(int descriptor) => IsOne(descriptor) && string.IsNullOrEmpty(ProcessText.Variable("NO_COLOR"));
}
