using System.Buffers.Binary;
using System.Diagnostics;

namespace KHeadersFs.Fuzz;

/// <summary>
/// Files of xz(1) whose headers, index and footers have been changed, with the CRC32 of those parts right again (xz file format 1.2.1), so that
/// the change is met by what reads the part and not by its checksum.
/// </summary>
internal sealed class XzTarget : Target
{
    private static readonly string[][] s_options =
    [
        ["-0"], ["-0", "--check=none"], ["-0", "--check=crc32"], ["-0", "--check=sha256"], ["-0", "--block-size=4096"], ["-0", "--x86", "--lzma2=preset=0"],
        ["-0", "--delta=dist=4", "--lzma2=dict=4096"], ["-0", "--check=none", "--block-size=1000"],
    ];

    private readonly List<byte[]> _files = [];

    internal override string Name => "xz";

    internal override bool Run(Random random)
    {
        if (_files.Count == 0)
        {
            Prepare();
        }

        byte[] file = [.. _files[random.Next(_files.Count)]];
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            Change(random, file);
        }

        file = random.Next(12) switch
        {
            0 => file[..random.Next(file.Length)],
            1 => [.. file, .. new byte[random.Next(9)]], // stream padding
            2 => [.. file, .. _files[random.Next(_files.Count)]],
            _ => file,
        };
        return Inputs.TryServe(file);
    }

    internal override IEnumerable<byte[]> Seeds()
    {
        Prepare();
        return _files;
    }

    internal override void Read(byte[] input)
    {
        if (input.Length >= 32)
        {
            (int footer, int index, int blockHeader) = PlacesOf(input);
            FixCrc(input, 6, 2, 8);
            FixCrc(input, 12, blockHeader - 4, 12 + blockHeader - 4);
            FixCrc(input, index, footer - index - 4, footer - 4);
            FixCrc(input, footer + 4, 6, footer);
        }

        _ = Inputs.TryServe(input);
    }

    private static (int Footer, int Index, int BlockHeader) PlacesOf(byte[] file)
    {
        int footer = file.Length - 12;
        long indexSize = ((long)BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(footer + 4)) + 1) * 4;
        return (footer, Math.Max(12, footer - (int)Math.Clamp(indexSize, 8, file.Length)), Math.Min((file[12] + 1) * 4, file.Length - 16));
    }

    private static void Change(Random random, byte[] file)
    {
        (int footer, int index, int blockHeader) = PlacesOf(file);
        switch (random.Next(5))
        {
            case 0: // stream header: flags
                file[6 + random.Next(2)] = (byte)random.Next(256);
                FixCrc(file, 6, 2, 8);
                break;
            case 1: // the first block's header: sizes and filters
                if (blockHeader > 8)
                {
                    file[12 + random.Next(blockHeader - 4)] = (byte)(random.Next(2) == 0 ? random.Next(256) : random.Next(24));
                    FixCrc(file, 12, blockHeader - 4, 12 + blockHeader - 4);
                }

                break;
            case 2: // index: the number of records, their sizes
                file[index + random.Next(Math.Max(1, footer - index - 4))] = (byte)random.Next(256);
                FixCrc(file, index, footer - index - 4, footer - 4);
                break;
            case 3: // footer: backward size, flags
                file[footer + 4 + random.Next(6)] = (byte)random.Next(256);
                FixCrc(file, footer + 4, 6, footer);
                break;
            default: // data
                file[random.Next(file.Length)] ^= (byte)(1 << random.Next(8));
                break;
        }
    }

    private static void FixCrc(byte[] file, int start, int length, int place)
    {
        if (length > 0 && start + length <= file.Length && place >= 0 && place + 4 <= file.Length)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(place), Crc32(file.AsSpan(start, length)));
        }
    }

    /// <summary>The polynomial of IEEE 802.3, as xz has it.</summary>
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
            }
        }

        return ~crc;
    }

    private void Prepare()
    {
        byte[] tar = Inputs.Tar(new Random(1));
        foreach (string[] options in s_options)
        {
            using Process xz = Process.Start(new ProcessStartInfo("xz", [.. options, "-c"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
            xz.StandardInput.BaseStream.Write(tar);
            xz.StandardInput.Close();
            using var packed = new MemoryStream();
            xz.StandardOutput.BaseStream.CopyTo(packed);
            xz.WaitForExit();
            _files.Add(packed.ToArray());
        }
    }
}
