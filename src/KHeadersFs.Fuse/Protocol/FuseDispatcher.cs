using System.Runtime.InteropServices;
using KHeadersFs.Fuse.Wire;

namespace KHeadersFs.Fuse;

/// <summary>
/// The protocol without its transport: one request in, one reply out. Thread-safe once INIT is answered, and free of
/// allocation. It never throws for what a request holds.
/// </summary>
/// <param name="fileSystem">What is served.</param>
/// <param name="options">What the kernel is told.</param>
public sealed class FuseDispatcher(IReadOnlyFileSystem fileSystem, FuseOptions options)
{
    /// <summary>Bytes of a buffer that holds any request: the kernel refuses to read into less.</summary>
    public const int RequestBufferSize = FuseConstants.FUSE_MIN_READ_BUFFER;

    /// <summary>Bytes of a buffer that holds any reply: header and the largest READ.</summary>
    public const int ReplyBufferSize = Reply.HeaderSize + Negotiation.MaxRead;

    /// <summary>
    /// The kernel takes one page less a byte (fs/fuse/dir.c: fuse_readlink_page), and pages are no smaller than
    /// this.
    /// </summary>
    private const int LongestTarget = 4095;

    private const FuseOpenFlags FileFlags = FuseOpenFlags.FOPEN_KEEP_CACHE;
    private const FuseOpenFlags DirectoryFlags = FuseOpenFlags.FOPEN_KEEP_CACHE | FuseOpenFlags.FOPEN_CACHE_DIR;

    private readonly Handshake _handshake = new(options);
    private Exception? _firstFault;

    /// <summary>What happened so far.</summary>
    public FuseCounters Counters { get; } = new();

    /// <summary>What INIT settled; all zero before. Of a refused kernel, its version.</summary>
    public NegotiatedProtocol Protocol => _handshake.Protocol;

    /// <summary>The first exception of the file system, if any: a fault that callers saw as EIO.</summary>
    public Exception? FirstFault => Volatile.Read(ref _firstFault);

    internal HandshakeState State => _handshake.State;

    /// <summary>Goes on where another process has answered INIT.</summary>
    internal void Resume(NegotiatedProtocol protocol) => _handshake.Resume(protocol);

    /// <summary>Serves one request.</summary>
    /// <param name="request">One whole request, as one read(2) of the device returned it.</param>
    /// <param name="reply">
    /// Room for the reply, <see cref="ReplyBufferSize"/> bytes; larger READs than fit are EINVAL.
    /// </param>
    /// <returns>
    /// Bytes of the reply for one write(2); 0 when the kernel expects none, or to bytes that hold no header.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The reply buffer has less than <see cref="ReplyBufferSize"/> bytes.
    /// </exception>
    public int Dispatch(ReadOnlySpan<byte> request, Span<byte> reply)
    {
        if (reply.Length < ReplyBufferSize)
        {
            throw new ArgumentException("The reply buffer is too small.", nameof(reply));
        }

        if (!MemoryMarshal.TryRead(request, out FuseInHeader header))
        {
            Counters.CountError();
            return 0;
        }

        Counters.CountRequest(header.Opcode);
        if ((header.Unique & FuseConstants.FUSE_UNIQUE_RESEND) != 0)
        {
            Counters.CountTakenOver();
        }

        ref readonly Operation operation = ref OperationTable.Find(header.Opcode);
        if (operation.Kind == OperationKind.Silent)
        {
            return 0;
        }

        int length = Answer(header, operation, request, reply);
        if (length == Reply.HeaderSize && MemoryMarshal.Read<FuseOutHeader>(reply).Error != 0)
        {
            Counters.CountError();
        }

        return length;
    }

    /// <summary>To be called when a reply is on its way: what can be done now is not waited for.</summary>
    /// <param name="request">The request.</param>
    /// <param name="reply">What <see cref="Dispatch"/> has answered.</param>
    public void Replied(ReadOnlySpan<byte> request, ReadOnlySpan<byte> reply)
    {
        if (!MemoryMarshal.TryRead(request, out FuseInHeader header) || header.Opcode != (uint)FuseOpcode.FUSE_LOOKUP
            || reply.Length <= Reply.HeaderSize
            || !MemoryMarshal.TryRead(reply[Reply.HeaderSize..], out FuseEntryOut entry) || entry.Nodeid == 0)
        {
            return;
        }

        try
        {
            fileSystem.Expect(entry.Nodeid);
        }
#pragma warning disable CA1031 // As for requests.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Note(fault);
        }
    }

    private unsafe int Answer(
        in FuseInHeader header, in Operation operation, ReadOnlySpan<byte> request, Span<byte> reply)
    {
        int bodyLength = request.Length - sizeof(FuseInHeader) - (header.TotalExtlen * 8);
        if (header.Len != request.Length || bodyLength < operation.MinimalBody)
        {
            return Reply.Error(reply, header.Unique, Errno.EINVAL);
        }

        // INIT comes first and, once answered, never again (fs/fuse/inode.c: fuse_send_init).
        if ((_handshake.State == HandshakeState.Expected) != (header.Opcode == (uint)FuseOpcode.FUSE_INIT))
        {
            return Reply.Error(reply, header.Unique, Errno.EIO);
        }

        if (operation.Kind != OperationKind.Served)
        {
            Errno errno = operation.Kind == OperationKind.Writes ? Errno.EROFS : Errno.ENOSYS;
            return Reply.Error(reply, header.Unique, errno);
        }

        try
        {
            return Serve(header, new RequestReader(request.Slice(sizeof(FuseInHeader), bodyLength)), reply);
        }
#pragma warning disable CA1031 // One broken file must not end the mount: its readers get EIO.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            Note(fault);
            return Reply.Error(reply, header.Unique, Errno.EIO);
        }
    }

    private void Note(Exception fault)
    {
        Interlocked.CompareExchange(ref _firstFault, fault, null);
        Counters.CountFault();
    }

    private int Serve(in FuseInHeader header, RequestReader body, Span<byte> reply) => (FuseOpcode)header.Opcode switch
    {
        FuseOpcode.FUSE_LOOKUP => Lookup(header, body, reply),
        FuseOpcode.FUSE_GETATTR => GetAttributes(header, reply),
        FuseOpcode.FUSE_READLINK => ReadLink(header, reply),
        FuseOpcode.FUSE_OPEN => Open(header, body, reply, Protocol.NoOpen, FileFlags),
        FuseOpcode.FUSE_OPENDIR => Open(header, body, reply, Protocol.NoOpenDirectory, DirectoryFlags),
        FuseOpcode.FUSE_READ => Read(header, body, reply),
        FuseOpcode.FUSE_READDIR => ReadDirectory(header, body, reply, plus: false),
        FuseOpcode.FUSE_READDIRPLUS => ReadDirectory(header, body, reply, plus: true),
        FuseOpcode.FUSE_STATFS => GetStatistics(header, reply),
        FuseOpcode.FUSE_LISTXATTR => ListExtendedAttributes(header, body, reply),
        FuseOpcode.FUSE_INIT => _handshake.Answer(header, body, reply),

        // The kernel waits for the answer to DESTROY (fs/fuse/inode.c: fuse_send_destroy).
        FuseOpcode.FUSE_RELEASE or FuseOpcode.FUSE_RELEASEDIR or FuseOpcode.FUSE_DESTROY =>
            Reply.Success(reply, header.Unique, 0),
        _ => Reply.Error(reply, header.Unique, Errno.ENOSYS),
    };

    private int Lookup(in FuseInHeader header, RequestReader body, Span<byte> reply)
    {
        if (!body.TryReadName(out ReadOnlySpan<byte> name))
        {
            return Reply.Error(reply, header.Unique, Errno.EINVAL);
        }

        FuseEntryOut entry = default;
        Errno errno = fileSystem.Lookup(header.Nodeid, name, out NodeAttributes attributes);
        if (errno == Errno.ENOENT)
        {
            // Success with node id 0 is a negative entry: the kernel does not ask for this name again.
            Counters.CountAbsentName();
            Reply.Fill(ref entry, options.Validity);
        }
        else if (errno != Errno.None)
        {
            return Reply.Error(reply, header.Unique, errno);
        }
        else
        {
            Reply.Fill(ref entry, attributes, options.Validity, Protocol.HasGenerations);
        }

        return Reply.Success(reply, header.Unique, entry);
    }

    private int GetAttributes(in FuseInHeader header, Span<byte> reply)
    {
        Errno errno = fileSystem.GetAttributes(header.Nodeid, out NodeAttributes attributes);
        if (errno != Errno.None)
        {
            return Reply.Error(reply, header.Unique, errno);
        }

        var body = new FuseAttrOut { AttrValid = options.Validity.Seconds, AttrValidNsec = options.Validity.Nanoseconds };
        Reply.Fill(ref body.Attr, attributes);
        return Reply.Success(reply, header.Unique, body);
    }

    private int ReadLink(in FuseInHeader header, Span<byte> reply)
    {
        Errno errno = fileSystem.ReadLink(header.Nodeid, reply.Slice(Reply.HeaderSize, LongestTarget), out int length);
        return Filled(header, reply, errno, length, LongestTarget);
    }

    private static int Open(
        in FuseInHeader header, RequestReader body, Span<byte> reply, bool never, FuseOpenFlags flags)
    {
        const uint AccessMode = 3; // O_ACCMODE; 0 is O_RDONLY
        if (never)
        {
            return Reply.Error(reply, header.Unique, Errno.ENOSYS);
        }

        return body.TryRead(out FuseOpenIn request) && (request.Flags & AccessMode) == 0
            ? Reply.Success(reply, header.Unique, new FuseOpenOut { OpenFlags = (uint)flags })
            : Reply.Error(reply, header.Unique, Errno.EROFS);
    }

    private int Read(in FuseInHeader header, RequestReader body, Span<byte> reply)
    {
        if (!body.TryRead(out FuseReadIn request) || request.Size > reply.Length - Reply.HeaderSize)
        {
            return Reply.Error(reply, header.Unique, Errno.EINVAL);
        }

        Span<byte> destination = reply.Slice(Reply.HeaderSize, (int)request.Size);
        Errno errno = fileSystem.Read(header.Nodeid, request.Offset, destination, out int length);
        int replyLength = Filled(header, reply, errno, length, destination.Length);
        Counters.CountReadBytes(replyLength - Reply.HeaderSize);
        return replyLength;
    }

    private int ReadDirectory(in FuseInHeader header, RequestReader body, Span<byte> reply, bool plus)
    {
        if (!body.TryRead(out FuseReadIn request))
        {
            return Reply.Error(reply, header.Unique, Errno.EINVAL);
        }

        int room = (int)Math.Min(request.Size, (uint)(reply.Length - Reply.HeaderSize));
        var writer = new DirectoryWriter(reply.Slice(Reply.HeaderSize, room), plus, options.Validity, Protocol.HasGenerations);
        Errno errno = fileSystem.ReadDirectory(header.Nodeid, request.Offset, ref writer);
        if (errno == Errno.None && writer.IsFull && writer.Length == 0)
        {
            errno = Errno.EINVAL; // an empty answer would say that the directory ends here
        }

        return Filled(header, reply, errno, writer.Length, room);
    }

    private int GetStatistics(in FuseInHeader header, Span<byte> reply)
    {
        fileSystem.GetStatistics(out FileSystemStatistics statistics);
        FuseStatfsOut body = default;
        body.St.Blocks = statistics.Blocks;
        body.St.Files = statistics.Files;
        body.St.Bsize = statistics.BlockSize;
        body.St.Frsize = statistics.BlockSize;
        body.St.Namelen = statistics.NameLength;
        return Reply.Success(reply, header.Unique, body);
    }

    /// <summary>
    /// None, of whatever there is. ENOSYS would be asked for once only, but its EOPNOTSUPP is an error for tar --xattrs and getfattr.
    /// </summary>
    private static int ListExtendedAttributes(in FuseInHeader header, RequestReader body, Span<byte> reply) =>
        body.TryRead(out FuseGetxattrIn request) && request.Size == 0
            ? Reply.Success(reply, header.Unique, default(FuseGetxattrOut))
            : Reply.Success(reply, header.Unique, 0);

    private static int Filled(in FuseInHeader header, Span<byte> reply, Errno errno, int length, int room)
    {
        if (errno == Errno.None && (uint)length > (uint)room)
        {
            errno = Errno.EIO;
        }

        return errno == Errno.None
            ? Reply.Success(reply, header.Unique, length)
            : Reply.Error(reply, header.Unique, errno);
    }
}
