using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>A FUSE mount of the tests' own that asks the kernel for nothing, and answers nothing but INIT.</summary>
internal sealed class SilentMount : IDisposable
{
    private const int InitLength = 80; // fuse_out_header and fuse_init_out

    private readonly int _device = Syscall.open("/dev/fuse", OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC);
    private readonly string _directory;
    private Thread? _asker;

    /// <summary>Mounts and answers INIT.</summary>
    internal unsafe SilentMount(string directory)
    {
        _directory = directory;
        string options = string.Create(CultureInfo.InvariantCulture, $"fd={_device},rootmode=40000,user_id=0,group_id=0");
        if (Native.mount("silent", directory, "fuse", Native.MS_NOSUID | Native.MS_NODEV, options) != 0)
        {
            throw new InvalidOperationException($"mount: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        Span<byte> buffer = stackalloc byte[8192];
        fixed (byte* memory = buffer)
        {
            Assert.InRange(Syscall.read(_device, memory, (ulong)buffer.Length), 40, buffer.Length);
            ulong unique = BinaryPrimitives.ReadUInt64LittleEndian(buffer[8..]);
            buffer.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(buffer, InitLength);
            BinaryPrimitives.WriteUInt64LittleEndian(buffer[8..], unique);
            BinaryPrimitives.WriteUInt32LittleEndian(buffer[16..], 7); // major
            BinaryPrimitives.WriteUInt32LittleEndian(buffer[20..], 38); // minor
            BinaryPrimitives.WriteUInt32LittleEndian(buffer[36..], 4096); // max_write
            Assert.Equal(InitLength, Syscall.write(_device, memory, InitLength));
        }
    }

    /// <summary>Whether the kernel has ended the connection.</summary>
    internal bool IsAborted
    {
        get
        {
            Pollfd[] entries = [new Pollfd { fd = _device, events = PollEvents.POLLIN }];
            return Syscall.poll(entries, 0) > 0 && entries[0].revents.HasFlag(PollEvents.POLLERR);
        }
    }

    /// <summary>Has a thread make a call that is not answered.</summary>
    internal void Ask()
    {
        _asker = new Thread(() => _ = Syscall.stat(_directory, out _)) { IsBackground = true };
        _asker.Start();
    }

    public void Dispose()
    {
        _ = Syscall.close(_device); // which ends the connection, and the call
        Assert.True(_asker?.Join(Deadline.Short) ?? true, "a call into a mount that has ended does not return");
        _ = Native.umount2(_directory, Native.MNT_DETACH);
    }
}
