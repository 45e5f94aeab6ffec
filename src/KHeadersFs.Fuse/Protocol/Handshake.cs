using KHeadersFs.Fuse.Wire;

namespace KHeadersFs.Fuse;

/// <summary>
/// INIT and what it settled. Written by the one thread that answers INIT, before any other request exists.
/// </summary>
internal sealed class Handshake(FuseOptions options)
{
    /// <summary>Kernels before 7.36 end INIT's body here.</summary>
    private const int ShortInitSize = 16;

    private volatile HandshakeState _state;

    /// <summary>Volatile: a thread that reads "done" sees <see cref="Protocol"/> too.</summary>
    internal HandshakeState State => _state;

    internal NegotiatedProtocol Protocol { get; private set; }

    /// <summary>INIT has been answered by another process, which settled this.</summary>
    internal void Resume(NegotiatedProtocol protocol)
    {
        Protocol = protocol;
        _state = HandshakeState.Done;
    }

    internal int Answer(in FuseInHeader header, RequestReader body, Span<byte> reply)
    {
        if (!body.TryReadGrowing(ShortInitSize, out FuseInitIn request))
        {
            return Reply.Error(reply, header.Unique, Errno.EINVAL);
        }

        if (request.Major > FuseConstants.FUSE_KERNEL_VERSION)
        {
            return Reply.Success(reply, header.Unique, Negotiation.OwnVersion());
        }

        if (Negotiation.IsTooOld(request))
        {
            Protocol = new NegotiatedProtocol { KernelMajor = request.Major, KernelMinor = request.Minor };
            _state = HandshakeState.Refused;
            return Reply.Error(reply, header.Unique, Errno.EPROTO);
        }

        FuseInitOut answer = Negotiation.Answer(request, options, Environment.SystemPageSize);
        Protocol = Negotiation.Settle(request, answer);
        _state = HandshakeState.Done;
        return Reply.Success(reply, header.Unique, answer);
    }
}
