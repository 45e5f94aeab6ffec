using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>
/// Locks that nobody else can hold: ranges of one file in the <see cref="RunDirectory"/> (<see cref="RecordLock"/>). They end with the process,
/// however it ends, and with execve(2), for the file is close-on-exec; nothing is left to clear away.
/// </summary>
/// <remarks>The file is opened once, for to close any descriptor of it would let go of all locks of the process.</remarks>
internal sealed class RunLocks
{
    /// <summary>Held, shared, by whoever reads the kernel's own archive; exclusively to unload its module.</summary>
    internal const long Module = 0;

    private const uint OwnerOnly = 0x180; // 0600

    private static readonly Lazy<RunLocks?> s_ours = new(Open);

    private readonly SafeFileHandle _file;

    private RunLocks(SafeFileHandle file) => _file = file;

    /// <summary>Null where there is no <see cref="RunDirectory"/>.</summary>
    internal static RunLocks? Ours => s_ours.Value;

    /// <summary>The lock of a directory, by its resolved path. Two that share one wait for each other in vain, which does no harm.</summary>
    internal static long Of(string directory)
    {
        // FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/
        ulong hash = 14695981039346656037;
        foreach (byte part in PathText.GetBytes(directory))
        {
            hash = (hash ^ part) * 1099511628211;
        }

        return (long)(hash >> 2) + 1;
    }

    /// <summary>Takes a lock, exclusively unless <paramref name="shared"/>; false when another process has it, whose id it is then.</summary>
    internal bool TryTake(long number, out int holder, bool shared = false) => RecordLock.TryTake(_file, number, shared, out holder);

    /// <summary>Lets go of a lock.</summary>
    internal void Release(long number) => RecordLock.Release(_file, number);

    private static RunLocks? Open() =>
        RunDirectory.TryPrepare() is { } directory
        && PosixFile.TryOpen(directory + "/lock", LibC.O_RDWR | LibC.O_CREAT, OwnerOnly) is { } file
            ? new RunLocks(file)
            : null;
}
