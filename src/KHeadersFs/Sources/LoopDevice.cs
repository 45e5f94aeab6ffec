using System.Globalization;
using KHeadersFs.Interop;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Sources;

/// <summary>
/// A loop device in the place of the file behind it: busybox's mount makes one of every source that is a file. The device lacks the last
/// bytes of the file, since it has whole sectors (drivers/block/loop.c: loop_set_size, get_loop_size), so the file has to be read.
/// </summary>
internal static unsafe class LoopDevice
{
    /// <summary>LOOP_MAJOR of linux/major.h.</summary>
    private const uint LOOP_MAJOR = 7;

    /// <summary>
    /// The path of the file that <paramref name="source"/> is a loop device of, all of it; otherwise the source itself. The device is not
    /// held open: busybox wants it to go by itself (LO_FLAGS_AUTOCLEAR).
    /// </summary>
    /// <exception cref="ProgramException">The file has no name any more that leads to it from here.</exception>
    internal static string FileBehind(string source)
    {
        if (!SourceName.IsPath(source)
            || InheritedDescriptor.Of(source) is not null
            || FileStatus.Of(source) is not { Kind: FileStatus.BlockDevice, Device: { Major: LOOP_MAJOR } device })
        {
            return source;
        }

        using SafeFileHandle? file = PosixFile.TryOpen(source);
        LibC.LoopInfo information;
        if (file is null || LibC.Control(file, LibC.LOOP_GET_STATUS64, &information) < 0 || information.Offset != 0 || information.Sizelimit != 0)
        {
            // Not ours to open, nothing is behind it, or a part is meant.
            return source;
        }

        string path = NameOf(device.Minor, information);
        LibC.StatXResult found;
        return LibC.StatX(LibC.AT_FDCWD, path, 0, LibC.STATX_BASIC_STATS, &found) == 0
            && found.Inode == information.Inode
            && Encode(found.DeviceMajor, found.DeviceMinor) == information.Device
                ? path
                : throw new ProgramException(
                    ExitCode.MountFailure, $"{source}: is a loop device of a file that {path} does not lead to; give the path of the archive itself");
    }

    /// <summary>From sysfs, or, of 63 bytes at most, what was given when the device was set up.</summary>
    private static string NameOf(uint minor, LibC.LoopInfo information)
    {
        try
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"/sys/dev/block/{LOOP_MAJOR}:{minor}/loop/backing_file");
            return PosixFile.ReadText(name).TrimEnd('\n');
        }
        catch (PosixException)
        {
            ReadOnlySpan<byte> given = new(information.FileName, LibC.LO_NAME_SIZE);
            return PathText.FromBytes(given[..Math.Max(given.IndexOf((byte)0), 0)]);
        }
    }

    /// <summary>A device number as the kernel writes it in 64 bits (include/linux/kdev_t.h: huge_encode_dev).</summary>
    private static ulong Encode(uint major, uint minor) => (minor & 0xFF) | ((ulong)major << 8) | ((ulong)(minor & ~0xFFU) << 12);
}
