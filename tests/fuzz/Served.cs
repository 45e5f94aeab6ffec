using KHeadersFs.Archive.Store;
using KHeadersFs.Fuse;
using KHeadersFs.Serving;

namespace KHeadersFs.Fuzz;

/// <summary>A store behind the dispatcher, as the server has it, without a device.</summary>
internal sealed class Served
{
    private readonly byte[] _reply = new byte[FuseDispatcher.ReplyBufferSize];

    internal Served(HeaderStore store)
    {
        Dispatcher = new FuseDispatcher(new HeaderFileSystem(store, 0, 0, 0, 0, static _ => { }), new FuseOptions());

        // INIT of protocol 7.31 (linux/fuse.h): major, minor, readahead, flags.
        byte[] init = new byte[40 + 16];
        BitConverter.TryWriteBytes(init, init.Length);
        init[4] = 26;
        init[40] = 7;
        init[44] = 31;
        Ask(init);
    }

    internal FuseDispatcher Dispatcher { get; }

    /// <summary>Gives a request to it, and looks that the answer is one.</summary>
    internal void Ask(ReadOnlySpan<byte> request)
    {
        int length = Dispatcher.Dispatch(request, _reply);
        Dispatcher.Replied(request, _reply.AsSpan(0, length));
        if (length == 0)
        {
            return;
        }

        int error = BitConverter.ToInt32(_reply, 4);
        if (length < 16 || length > _reply.Length || BitConverter.ToInt32(_reply) != length || error is > 0 or < -511
            || !request.Slice(8, 8).SequenceEqual(_reply.AsSpan(8, 8)))
        {
            throw new InvalidOperationException($"no answer: {length} bytes, error {error}");
        }
    }
}
