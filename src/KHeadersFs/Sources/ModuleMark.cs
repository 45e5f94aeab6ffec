using KHeadersFs.Mounting;
using KHeadersFs.Posix;

namespace KHeadersFs.Sources;

/// <summary>
/// Says that the module was loaded by this program, in this run of the system, and is to be unloaded: a file that is written before the
/// module is loaded, so that whoever comes after one that was killed knows.
/// </summary>
internal static class ModuleMark
{
    private const uint OwnerOnly = 0x180; // 0600

    /// <summary>Another one than at the last start of the system (drivers/char/random.c).</summary>
    private const string BootId = "/proc/sys/kernel/random/boot_id";

    /// <summary>Whether it is there.</summary>
    internal static bool IsSet => Path is { } path && Read(path) is { Length: > 0 } mark && string.Equals(mark, Read(BootId), StringComparison.Ordinal);

    private static string? Path => RunDirectory.TryPrepare() is { } directory ? directory + "/module" : null;

    /// <summary>Makes it. Without a place for it, nobody will know.</summary>
    internal static void Set()
    {
        if (Path is not { } path || Read(BootId) is not { } id)
        {
            return;
        }

        try
        {
            // Made anew: nothing is written to what somebody may have put there.
            _ = PosixFile.TryDelete(path);
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = PosixFile.Create(path, OwnerOnly);
            PosixFile.Write(file, PathText.GetBytes(id));
        }
        catch (IOException)
        {
            // A full disk: this process unloads it anyway, if it lives to.
        }
    }

    /// <summary>Takes it away.</summary>
    internal static void Clear()
    {
        if (Path is { } path)
        {
            _ = PosixFile.TryDelete(path);
        }
    }

    private static string? Read(string path)
    {
        try
        {
            return PosixFile.ReadText(path);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
