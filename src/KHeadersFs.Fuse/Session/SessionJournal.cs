using System.Runtime.InteropServices;
using KHeadersFs.Fuse.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Fuse;

/// <summary>
/// A file in memory with all that another process needs to go on with a session, besides the device: what INIT settled, the requests
/// that are being served, and a note of the program's. It outlives a process that is killed if somebody else holds its descriptor.
/// </summary>
/// <remarks>
/// The requests are not copied here: each thread's request buffer is a slot of this file, so that the kernel itself writes them. A slot
/// holds the request that its thread serves, or one that has been answered already: that is told by the kernel, which refuses a second
/// answer (ENOENT), since no number of a request comes twice.
/// </remarks>
public sealed unsafe class SessionJournal : IDisposable
{
    /// <summary>Request buffers, so many threads at most.</summary>
    public const int Slots = 64;

    /// <summary>Bytes of the note at most.</summary>
    public const int NoteCapacity = 64 * 1024;

    /// <summary>What /proc/PID/fd shows of its file: /memfd:NAME (deleted).</summary>
    public const string Name = "kheadersfs-session";

    private const int SlotSize = FuseDispatcher.RequestBufferSize;

    /// <summary>The slots start here: a multiple of the largest page that a system has.</summary>
    private const int SlotsOffset = 64 * 1024;

    /// <summary>Header and counters end before.</summary>
    private const int SummarySize = 4096;

    private const int NoteOffset = SlotsOffset + (Slots * SlotSize);

    /// <summary>Most of it is never touched, and takes no memory.</summary>
    private const int Length = NoteOffset + NoteCapacity;

    private byte* _memory;

    private SessionJournal(SafeFileHandle file)
    {
        Descriptor = file;
        _memory = LibC.Map(0, Length, LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_SHARED, file, 0);
        if ((nint)_memory == -1)
        {
            _memory = null;
            FuseException failure = Failure("map");
            file.Dispose();
            throw failure;
        }
    }

    /// <summary>The file.</summary>
    public SafeFileHandle Descriptor { get; }

    /// <summary>What the program has to know about the session, at most <see cref="NoteCapacity"/> bytes.</summary>
    public ReadOnlySpan<byte> Note
    {
        get => new(_memory + NoteOffset, (int)Header.NoteLength);
        set
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, NoteCapacity);
            value.CopyTo(new Span<byte>(_memory + NoteOffset, NoteCapacity));
            Header.NoteLength = (uint)value.Length;
        }
    }

    /// <summary>What INIT settled; null before.</summary>
    internal NegotiatedProtocol? Protocol
    {
        get => Header.Minor == 0 ? null : new NegotiatedProtocol
        {
            KernelMajor = Header.KernelMajor,
            KernelMinor = Header.KernelMinor,
            Minor = Header.Minor,
            Flags = Header.Flags,
            MaxReadAhead = Header.MaxReadAhead,
        };
        set
        {
            NegotiatedProtocol protocol = value ?? default;
            Header.KernelMajor = protocol.KernelMajor;
            Header.KernelMinor = protocol.KernelMinor;
            Header.Flags = protocol.Flags;
            Header.MaxReadAhead = protocol.MaxReadAhead;
            Header.Minor = protocol.Minor;
        }
    }

    /// <summary>Slots that may hold a request without an answer.</summary>
    internal int UsedSlots
    {
        get => (int)Math.Min(Header.UsedSlots, Slots);
        set => Header.UsedSlots = (uint)value;
    }

    private ref JournalHeader Header => ref *(JournalHeader*)_memory;

    /// <summary>The journal of a new session.</summary>
    /// <exception cref="FuseException">There is no memory, or no descriptor left.</exception>
    public static SessionJournal Create()
    {
        SafeFileHandle file = LibC.CreateMemoryFile(Name, LibC.MFD_CLOEXEC | LibC.MFD_ALLOW_SEALING);

        // Of its final length, whoever holds it: no access to the mapping can then end in SIGBUS.
        if (file.IsInvalid || LibC.Truncate(file, Length) < 0
            || LibC.Fcntl(file, LibC.F_ADD_SEALS, LibC.F_SEAL_SHRINK | LibC.F_SEAL_GROW | LibC.F_SEAL_SEAL) < 0)
        {
            FuseException failure = Failure("create");
            file.Dispose();
            throw failure;
        }

        var journal = new SessionJournal(file);
        journal.Header.Magic = JournalHeader.ExpectedMagic;
        journal.Header.Version = JournalHeader.CurrentVersion;
        journal.Header.Begun = (uint)(DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;
        return journal;
    }

    /// <summary>The journal of a session that another process has begun; the file then belongs to it.</summary>
    /// <returns>Null when it is no journal of this version with INIT answered; the file is closed then.</returns>
    /// <exception cref="FuseException">There is no memory.</exception>
    public static SessionJournal? TryOpen(SafeFileHandle file)
    {
        if (!IsOfFullLength(file))
        {
            file.Dispose();
            return null;
        }

        var journal = new SessionJournal(file);
        if (journal.Header.Magic == JournalHeader.ExpectedMagic && journal.Header.Version == JournalHeader.CurrentVersion
            && journal.Header.NoteLength <= NoteCapacity && journal.Protocol is not null)
        {
            return journal;
        }

        journal.Dispose();
        return null;
    }

    /// <summary>Looks at the journal of another process, and leaves it alone.</summary>
    /// <param name="file">Open for reading; stays the caller's.</param>
    /// <returns>Null when it is no journal of this version with INIT answered.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static SessionSummary? TrySummarize(SafeFileHandle file)
    {
        byte[] page = new byte[SummarySize];
        if (!IsOfFullLength(file) || RandomAccess.Read(file, page, 0) != page.Length)
        {
            return null;
        }

        JournalHeader header = MemoryMarshal.Read<JournalHeader>(page);
        if (header.Magic != JournalHeader.ExpectedMagic || header.Version != JournalHeader.CurrentVersion
            || header.NoteLength > NoteCapacity || header.Minor == 0)
        {
            return null;
        }

        byte[] note = new byte[header.NoteLength];
        return RandomAccess.Read(file, note, NoteOffset) == note.Length
            ? new SessionSummary(note, header.Begun, new FuseCounters(page))
            : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_memory != null)
        {
            _ = LibC.Unmap(_memory, Length);
            _memory = null;
        }

        Descriptor.Dispose();
    }

    /// <summary>A thread's request buffer.</summary>
    internal Span<byte> Slot(int number) => new(_memory + SlotsOffset + (number * SlotSize), SlotSize);

    /// <summary>
    /// Has the pages of a slot made, its content left alone. To make them the kernel, in the middle of handing out a request, would give
    /// up when this process is being killed, and fail the request (fs/fuse/dev.c: fuse_copy_fill).
    /// </summary>
    internal void Populate(int number)
    {
        Span<byte> slot = Slot(number);
        for (int at = 0; at < slot.Length; at += Environment.SystemPageSize)
        {
            Volatile.Write(ref slot[at], Volatile.Read(ref slot[at]));
        }
    }

    private static bool IsOfFullLength(SafeFileHandle file)
    {
        try
        {
            return RandomAccess.GetLength(file) == Length;
        }
        catch (Exception e) when (e is IOException or NotSupportedException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static FuseException Failure(string operation)
    {
        Errno errno = FuseDevice.LastErrno();
        string advice = errno is Errno.EFBIG
            ? "raise the limit of file sizes (ulimit -f)"
            : "free some memory, or raise the limit of open files (ulimit -n)";
        return new FuseException(operation, "a file in memory", errno, advice);
    }
}
