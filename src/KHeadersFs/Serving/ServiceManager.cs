using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>Tells a service manager that the service is up: sd_notify(3) without its library.</summary>
internal static class ServiceManager
{
    private const string Variable = "NOTIFY_SOCKET";

    /// <summary>Sends READY=1 to $NOTIFY_SOCKET, if there is one.</summary>
    internal static unsafe void NotifyReady()
    {
        // "@" stands for the zero byte of an abstract address.
        if (ProcessText.Variable(Variable) is not { Length: > 1 } path || path[0] is not ('/' or '@'))
        {
            return;
        }

        // struct sockaddr_un: a 2-byte family and 108 bytes of path (unix(7)).
        Span<byte> address = stackalloc byte[110];
        address.Clear();
        address[0] = LibC.AF_UNIX;
        byte[] bytes = PathText.GetBytes(path);
        int length = bytes.Length;
        if (length > 107)
        {
            return;
        }

        bytes.CopyTo(address[2..]);

        if (path[0] == '@')
        {
            address[2] = 0;
        }

        if (!BitConverter.IsLittleEndian)
        {
            (address[0], address[1]) = (0, LibC.AF_UNIX);
        }

        using SafeFileHandle socket = LibC.Socket(LibC.AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
        ReadOnlySpan<byte> message = "READY=1"u8;
        fixed (byte* to = address)
        fixed (byte* text = message)
        {
            _ = LibC.SendTo(socket, text, (nuint)message.Length, 0, to, (uint)(2 + length));
        }
    }
}
