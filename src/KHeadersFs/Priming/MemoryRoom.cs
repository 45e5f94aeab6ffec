using System.Buffers.Text;
using KHeadersFs.Posix;

namespace KHeadersFs.Priming;

/// <summary>Whether there is memory to spare for pages that nobody has asked for.</summary>
internal static class MemoryRoom
{
    /// <summary>Percent of ten seconds in which some task waited for memory (Documentation/accounting/psi.rst).</summary>
    private const double HighestPressure = 5;

    /// <summary>
    /// Why there is no room for <paramref name="bytes"/> more, or null: less than a tenth of all memory or four times as much
    /// is available, tasks wait for memory, or the limit of our control group is near. What cannot be read does not count.
    /// </summary>
    internal static string? Shortage(long bytes)
    {
        Span<byte> buffer = stackalloc byte[4096];
        ReadOnlySpan<byte> memory = Read("/proc/meminfo", buffer);
        if (Number(memory, "MemAvailable:"u8) is { } available
            && Number(memory, "MemTotal:"u8) is { } total
            && (available < total / 10 || available < bytes / 1024 * 4))
        {
            return "little memory is available";
        }

        ReadOnlySpan<byte> pressure = After(Read("/proc/pressure/memory", buffer), "some avg10="u8);
        if (Utf8Parser.TryParse(pressure, out double percent, out _) && percent >= HighestPressure)
        {
            return "programs wait for memory";
        }

        return CGroupMemory.Left < bytes ? "the memory limit of the service is near" : null;
    }

    private static long? Number(ReadOnlySpan<byte> text, ReadOnlySpan<byte> label) =>
        Utf8Parser.TryParse(After(text, label).TrimStart((byte)' '), out long number, out _) ? number : null;

    private static ReadOnlySpan<byte> After(ReadOnlySpan<byte> text, ReadOnlySpan<byte> label)
    {
        int start = text.IndexOf(label);
        return start < 0 ? [] : text[(start + label.Length)..];
    }

    private static ReadOnlySpan<byte> Read(string path, Span<byte> buffer)
    {
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = PosixFile.Open(path);
            return buffer[..PosixFile.Read(file, buffer)];
        }
        catch (IOException)
        {
            return [];
        }
    }
}
