using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Mounting;

/// <summary>
/// How an image of this program learns that it was started by another one, and for what: from a socket under a number that both know,
/// in which the first message lies already. Arguments stay the user's own; a variable is the caller's to choose.
/// </summary>
/// <remarks>
/// What a caller leaves open under that number is no such message unless it is a socket of the same user (SO_PEERCRED, unix(7)) that
/// begins with the right message; nothing is taken from it otherwise.
/// </remarks>
/// <param name="Role">What for.</param>
/// <param name="Text">What the role needs to know.</param>
/// <param name="Number">The socket's number.</param>
internal sealed unsafe record StartMessage(ImageRole Role, string Text, int Number = StartMessage.Socket)
{
    /// <summary>
    /// Names another number, for an image that takes the place of a process, whose threads use all numbers until it does. Only where to
    /// look: what is there has to prove itself all the same.
    /// </summary>
    internal const string Variable = "KHEADERSFS_SOCKET";

    /// <summary>The number where a new process finds the socket.</summary>
    internal const int Socket = ChildProcess.FirstHanded;

    /// <summary>The number of the archive that a decoder reads.</summary>
    internal const int Archive = Socket + 1;

    /// <summary>The number of the mount's root that is asked.</summary>
    internal const int Root = Socket + 1;

    /// <summary>Bytes before the text.</summary>
    internal static int HeaderLength => sizeof(Header);

    /// <summary>"KHEADERS" on machines with the low byte first.</summary>
    private const ulong Magic = 0x535245444145484B;

    /// <summary>What a socket takes without a reader, and more than paths are long.</summary>
    private const int LongestText = 128 << 10;

    /// <summary>The first message.</summary>
    internal byte[] ToBytes()
    {
        byte[] text = PathText.GetBytes(Text);
        var header = new Header { Magic = Magic, Role = (int)Role, Length = text.Length };
        return [.. MemoryMarshal.AsBytes(new ReadOnlySpan<Header>(in header)), .. text];
    }

    /// <summary>What this process has been started for by an image of the program; null when it was started by a user.</summary>
    internal static StartMessage? Receive() => Receive(Socket)
        ?? (int.TryParse(ProcessText.Variable(Variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? Receive(number) : null);

    private static StartMessage? Receive(int number)
    {
        Header header;
        using var socket = new SafeFileHandle(number, ownsHandle: false);
        if (PosixSocket.PeerUser(socket) != LibC.GetEffectiveUserId()
            || LibC.Receive(socket, &header, (nuint)sizeof(Header), LibC.MSG_PEEK | LibC.MSG_DONTWAIT) != sizeof(Header)
            || header.Magic != Magic
            || header.Length is < 0 or > LongestText)
        {
            return null;
        }

        _ = LibC.Receive(socket, &header, (nuint)sizeof(Header), 0);
        byte[] text = new byte[header.Length];
        int total = 0;
        while (total < text.Length && PosixFile.Read(socket, text.AsSpan(total)) is int length and > 0)
        {
            total += length;
        }

        return new StartMessage((ImageRole)header.Role, PathText.FromBytes(text.AsSpan(0, total)), number);
    }

    private struct Header
    {
        internal ulong Magic;
        internal int Role;
        internal int Length;
    }
}
