using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Serving;

/// <summary>Tells a service manager how the service is: sd_notify(3) without its library.</summary>
internal static class ServiceManager
{
    private const string Variable = "NOTIFY_SOCKET";

    /// <summary>This process was started by one that wants to be told.</summary>
    internal static bool IsThere => ProcessText.Variable(Variable) is { Length: > 1 };

    /// <summary>The service is up.</summary>
    internal static void NotifyReady() => _ = Notify("READY=1");

    /// <summary>The socket to it, for the server after this one; null when nobody is there.</summary>
    internal static SafeFileHandle? Socket { get; private set; }

    /// <summary>Goes on with the socket that the server before this one has opened.</summary>
    internal static void Continue(int number) => Socket = new SafeFileHandle(number, ownsHandle: true);

    /// <summary>Opens the way there, once. A server may not be able to later, when it is another user.</summary>
    internal static unsafe void Connect()
    {
        // "@" stands for the zero byte of an abstract address.
        if (Socket is not null || ProcessText.Variable(Variable) is not { Length: > 1 } path || path[0] is not ('/' or '@'))
        {
            return;
        }

        // struct sockaddr_un: a 2-byte family and 108 bytes of path (unix(7)).
        Span<byte> address = stackalloc byte[110];
        address.Clear();
        address[BitConverter.IsLittleEndian ? 0 : 1] = LibC.AF_UNIX;
        byte[] bytes = PathText.GetBytes(path);
        if (bytes.Length > 107)
        {
            return;
        }

        bytes.CopyTo(address[2..]);
        if (path[0] == '@')
        {
            address[2] = 0;
        }

        SafeFileHandle socket = LibC.Socket(LibC.AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
        fixed (byte* start = address)
        {
            if (!socket.IsInvalid && LibC.Connect(socket, start, (uint)(2 + bytes.Length)) == 0)
            {
                Socket = socket;
                return;
            }
        }

        socket.Dispose();
    }

    /// <summary>Sends <paramref name="message"/> to $NOTIFY_SOCKET with copies of descriptors; false when nobody is there.</summary>
    internal static bool Notify(string message, params ReadOnlySpan<int> descriptors)
    {
        Connect();
        return Socket is not null && DescriptorSocket.SendTo(Socket, [], PathText.GetBytes(message), descriptors);
    }
}
