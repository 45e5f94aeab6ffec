using System.Runtime.InteropServices;
using KHeadersFs.Fuse.Interop;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Fuse.Tests;

/// <summary>A message that brings more descriptors than anybody here sends, or than this process may have.</summary>
public sealed class DescriptorSurplusTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(253)] // SCM_MAX_FD of include/net/scm.h
    public void More_than_three_are_none_and_nothing_stays_open(int count)
    {
        using var pair = DescriptorSocket.Create();
        string path = Path.GetTempFileName();
        using (SafeFileHandle file = File.OpenHandle(path, FileMode.Open, options: FileOptions.DeleteOnClose))
        {
            Send(pair, file, count);
        }

        Assert.Equal([], pair.Receive()!);
        Assert.DoesNotContain(
            Directory.GetFileSystemEntries("/proc/self/fd"),
            d => new FileInfo(d).LinkTarget?.StartsWith(path, StringComparison.Ordinal) is true); // " (deleted)" follows

        // The next message is one as ever.
        using SafeFileHandle other = File.OpenHandle("/dev/null");
        Assert.True(DescriptorSocket.SendTo(pair.ChildEnd!, [], [1], (int)other.DangerousGetHandle()));
        using var received = new SafeFileHandle(Assert.Single(pair.Receive()!), ownsHandle: true);
    }

    private static unsafe void Send(DescriptorSocket pair, SafeFileHandle file, int count)
    {
        byte letter = 1;
        nuint length = LibC.DescriptorMessage.LengthOf(count);
        byte* control = (byte*)NativeMemory.AllocZeroed(length + sizeof(ulong));
        *(nuint*)control = length;
        ((int*)control)[2] = LibC.SOL_SOCKET;
        ((int*)control)[3] = LibC.SCM_RIGHTS;
        for (int i = 0; i < count; i++)
        {
            ((int*)control)[4 + i] = (int)file.DangerousGetHandle();
        }

        var part = new LibC.IoVec { Base = &letter, Len = 1 };
        var message = new LibC.MsgHdr { Iov = &part, Iovlen = 1, Control = control, Controllen = length };
        nint sent = LibC.SendMessage(pair.ChildEnd!, &message, LibC.MSG_NOSIGNAL);
        NativeMemory.Free(control);
        Assert.Equal(1, sent);
    }
}
