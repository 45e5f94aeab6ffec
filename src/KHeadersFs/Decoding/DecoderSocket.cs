using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Decoding;

/// <summary>Either end of the way between a <see cref="ArchiveDecoder"/> and who waits for it. Messages have bounds and may bring a file.</summary>
/// <param name="socket">The end.</param>
internal sealed class DecoderSocket(SafeFileHandle socket) : IDisposable
{
    /// <summary>Bytes that a message has at most. A socket holds several, and a line has fewer.</summary>
    private const int LargestMessage = 8 << 10;

    /// <summary>Bytes of it but for the kind.</summary>
    internal const int LargestText = LargestMessage - 1;

    private byte[] _received = []; // until something is

    /// <summary>Sends a message, of which no more than fits; false when nobody receives it.</summary>
    internal bool Send(MessageKind kind, ReadOnlySpan<byte> text, SafeFileHandle? file = null)
    {
        byte[] message = [(byte)kind, .. text[..Math.Min(text.Length, LargestText)]];
        return file is null
            ? DescriptorSocket.SendTo(socket, [], message)
            : DescriptorSocket.SendTo(socket, [], message, (int)file.DangerousGetHandle());
    }

    /// <summary>The same of numbers.</summary>
    internal bool Send(MessageKind kind, ReadOnlySpan<long> numbers, ReadOnlySpan<byte> text = default, SafeFileHandle? file = null) =>
        Send(kind, [.. MemoryMarshal.AsBytes(numbers), .. text], file);

    /// <summary>Waits for a message; false when the other end was closed.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="text">All else, until the next call.</param>
    /// <param name="file">The file that it brought, or null.</param>
    internal bool TryReceive(out MessageKind kind, out ReadOnlySpan<byte> text, out SafeFileHandle? file)
    {
        if (_received.Length == 0)
        {
            _received = new byte[LargestMessage];
        }

        int length = DescriptorSocket.ReceiveFrom(socket, _received, out int[] descriptors);
        kind = length > 0 ? (MessageKind)_received[0] : default;
        text = _received.AsSpan(Math.Min(length, 1)..length);
        SafeFileHandle[] files = [.. descriptors.Select(static d => new SafeFileHandle(d, ownsHandle: true))];
        file = files.FirstOrDefault();
        foreach (SafeFileHandle more in files.Skip(1))
        {
            more.Dispose();
        }

        return length > 0;
    }

    /// <summary>Takes a number off the front of a message; 0 when it is too short.</summary>
    internal static long TakeNumber(ref ReadOnlySpan<byte> text)
    {
        if (!MemoryMarshal.TryRead(text, out long number))
        {
            return 0;
        }

        text = text[sizeof(long)..];
        return number;
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();
}
