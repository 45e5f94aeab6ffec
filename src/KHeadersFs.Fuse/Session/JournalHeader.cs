using System.Runtime.InteropServices;

namespace KHeadersFs.Fuse;

/// <summary>
/// The first 48 bytes of a <see cref="SessionJournal"/>, in the byte order of the machine. <see cref="FuseCounters"/> follow.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct JournalHeader
{
    /// <summary>"KHFSJRNL" as a machine of this byte order stores it.</summary>
    internal const ulong ExpectedMagic = 0x4C4E524A5346484B;

    /// <summary>Raised with every change of the file, and of what a node id or an offset in a directory means.</summary>
    internal const uint CurrentVersion = 1;

    /// <summary><see cref="ExpectedMagic"/>.</summary>
    internal ulong Magic;

    /// <summary><see cref="CurrentVersion"/>.</summary>
    internal uint Version;

    /// <summary>Bytes of the note.</summary>
    internal uint NoteLength;

    /// <summary><see cref="NegotiatedProtocol.Flags"/>.</summary>
    internal ulong Flags;

    /// <summary><see cref="NegotiatedProtocol.KernelMajor"/>.</summary>
    internal uint KernelMajor;

    /// <summary><see cref="NegotiatedProtocol.KernelMinor"/>.</summary>
    internal uint KernelMinor;

    /// <summary><see cref="NegotiatedProtocol.Minor"/>; 0 while INIT has not been answered.</summary>
    internal uint Minor;

    /// <summary><see cref="NegotiatedProtocol.MaxReadAhead"/>.</summary>
    internal uint MaxReadAhead;

    /// <summary><see cref="SessionJournal.UsedSlots"/>.</summary>
    internal uint UsedSlots;

    /// <summary>When the session began, in seconds since 1970; 0 in one of version 0.1.0.</summary>
    internal uint Begun;
}
