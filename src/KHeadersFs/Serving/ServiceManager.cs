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

    /// <summary>Sends <paramref name="message"/> to $NOTIFY_SOCKET with copies of descriptors; false when nobody is there.</summary>
    internal static bool Notify(string message, params ReadOnlySpan<int> descriptors)
    {
        // "@" stands for the zero byte of an abstract address.
        if (ProcessText.Variable(Variable) is not { Length: > 1 } path || path[0] is not ('/' or '@'))
        {
            return false;
        }

        // struct sockaddr_un: a 2-byte family and 108 bytes of path (unix(7)).
        Span<byte> address = stackalloc byte[110];
        address.Clear();
        address[0] = LibC.AF_UNIX;
        byte[] bytes = PathText.GetBytes(path);
        if (bytes.Length > 107)
        {
            return false;
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
        return DescriptorSocket.SendTo(socket, address[..(2 + bytes.Length)], PathText.GetBytes(message), descriptors);
    }
}
