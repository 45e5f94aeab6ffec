using KHeadersFs.Archive;
using KHeadersFs.Interop;
using KHeadersFs.Posix;

namespace KHeadersFs.Sandbox;

/// <summary>
/// What is given up before a byte of an archive is decoded that may be anybody's: core dumps, capabilities, new privileges, being looked into,
/// more memory and time than such an archive may take, and all system calls but for memory, threads, and what is open already. A hole in a
/// decoder gives whoever finds it an archive that lies, which they could have written in the first place.
/// </summary>
internal static class DecoderSandbox
{
    /// <summary>A decoder that goes round in circles ends some day. The largest archive that the limits allow takes 10 s, an old ARM ten times that.</summary>
    private const ulong CpuSeconds = 3600;

    /// <summary>Some ten are open.</summary>
    private const ulong OpenFiles = 64;

    private const ulong MiB = 1 << 20;

    /// <summary>
    /// Gives up what it can: capabilities in this thread and those that it starts from now on, all else in all threads. Returns what it
    /// could not give up, in words; empty for nothing.
    /// </summary>
    /// <param name="limits">What the archive may ask for.</param>
    internal static string Enter(ArchiveLimits limits)
    {
        var given = new GivenUp();
        given.Note(ResourceLimit.TryForbidCores(), "core dumps");
        given.Note(ResourceLimit.TryLower(CpuSeconds, FileBytes(limits), DataBytes(limits), OpenFiles), "memory and time");
        given.Note(LibC.ProcessControl(LibC.PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "being looked into");
        given.Note(LibC.LowerCapabilities(0) == 0, "capabilities");
        if (given.Note(LibC.ProcessControl(LibC.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "new privileges"))
        {
            given.Note(SystemCallFilter.TrySetForDecoder(), "system calls");
        }

        return given.Failures;
    }

    /// <summary>A store; ArchiveLimits.StoreBytes says what its blocks may take.</summary>
    private static ulong FileBytes(ArchiveLimits limits) =>
        (ulong)Math.Max(limits.StoreBytes, 2 * limits.CompressedBytes) + Tables(limits) + (64 * MiB);

    /// <summary>Address space that may be written to: the archive's, which is asked for in doubling steps, several decoders', and the tree's.</summary>
    private static ulong DataBytes(ArchiveLimits limits) =>
        (4 * (ulong)limits.CompressedBytes) + (8 * (limits.DecoderMemory + limits.IndexMemory)) + Tables(limits) + (512 * MiB);

    private static ulong Tables(ArchiveLimits limits) =>
        (256 * ((ulong)limits.Members + (ulong)limits.ImpliedDirectories)) + (4 * (ulong)limits.TextBytes);
}
