using KHeadersFs.Archive;
using KHeadersFs.Archive.Store;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Decoding;

/// <summary>What is said of an <see cref="ArchiveDecoder"/> that has not done its work: by its own words, or by how it has ended.</summary>
internal static class DecoderFailure
{
    private const string Sandboxed = "it was sandboxed, so nothing else is affected. Please report this with the archive";

    /// <summary>From a <see cref="MessageKind.Failure"/>.</summary>
    /// <param name="message">The message.</param>
    /// <param name="path">What the archive is called.</param>
    internal static Exception OfMessage(ReadOnlySpan<byte> message, string path)
    {
        var kind = (FailureKind)DecoderSocket.TakeNumber(ref message);
        int number = (int)DecoderSocket.TakeNumber(ref message);
        string text = PathText.FromBytes(message);
        return kind switch
        {
            FailureKind.Archive => new ArchiveException(text),
            FailureKind.Module => new ProgramException(ExitCode.MountFailure, $"{path}: {text}"),
            FailureKind.System => new PosixException(text, number),
            FailureKind.Memory => new InsufficientMemoryException(text),
            _ => new ProgramException(ExitCode.Bug, text),
        };
    }

    /// <summary>From the end of one that has said nothing.</summary>
    /// <param name="status">How it has ended.</param>
    /// <param name="path">What the archive is called.</param>
    internal static ProgramException OfEnd(ChildStatus status, string path)
    {
        (ExitCode code, string what) = status switch
        {
            { WasInterrupted: true } => (ExitCode.Interrupted, "interrupted while it was read"),
            { Code: { } exit } => (
                ExitCode.Bug,
                $"the process that reads it exited with status {(int)exit} and no answer; mount again, and if that does not help, report it with the archive"),
            { Signal: 0 } => (ExitCode.System, "the process that reads it ended without an answer; mount again"),
            { Signal: LibC.SIGKILL } => (ExitCode.System, "the process that reads it was killed; free some memory, and mount again"),
            _ => (ExitCode.Bug, $"the process that reads it crashed (signal {status.Signal}); {Sandboxed}"),
        };
        return new ProgramException(code, $"{path}: {what}");
    }

    /// <summary>
    /// Looks that what it has returned is a store that can be walked, before anybody walks through it or keeps it: an archive may have made
    /// the process write anything.
    /// </summary>
    /// <param name="store">What it has returned; closed if it is none.</param>
    /// <param name="path">What the archive is called.</param>
    /// <exception cref="ProgramException">It is none.</exception>
    internal static void CheckStore(SafeFileHandle store, string path)
    {
        try
        {
            HeaderStore.Open(new SafeFileHandle(store.DangerousGetHandle(), ownsHandle: false)).Dispose();
        }
        catch (ArchiveException e)
        {
            store.Dispose();
            throw new ProgramException(ExitCode.Bug, $"{path}: the process that reads it returned a store that {e.Message}; {Sandboxed}", e);
        }
    }
}
