using System.Diagnostics;
using System.Formats.Tar;
using System.Text;
using KHeadersFs.Archive.Store;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Tests;

/// <summary>Makes small archives with TarWriter and the real xz, and opens what the library makes of them.</summary>
internal sealed class TestArchive : IDisposable
{
    [ThreadStatic]
    private static List<string>? t_warnings;

    private readonly MemoryStream _tar = new();
    private readonly TarWriter _writer;
    private readonly TarEntryFormat _format;

    internal TestArchive(TarEntryFormat format = TarEntryFormat.Gnu)
    {
        _format = format;
        _writer = new TarWriter(_tar, format, leaveOpen: true);
    }

    internal static DateTimeOffset Time { get; } = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    /// <summary>Warnings of the last archive that this thread built.</summary>
    internal static List<string> Warnings => t_warnings ??= [];

    internal TestArchive File(string name, string body, int mode = 0x1A4) => File(name, Encoding.UTF8.GetBytes(body), mode);

    internal TestArchive File(string name, byte[] body, int mode = 0x1A4)
    {
        Write(TarEntryType.RegularFile, name, entry => entry.DataStream = new MemoryStream(body), mode);
        return this;
    }

    internal TestArchive Directory(string name, int mode = 0x1ED) => Write(TarEntryType.Directory, name, null, mode);

    internal TestArchive Symlink(string name, string target) =>
        Write(TarEntryType.SymbolicLink, name, entry => entry.LinkName = target, 0x1A4);

    internal TestArchive HardLink(string name, string target) =>
        Write(TarEntryType.HardLink, name, entry => entry.LinkName = target, 0x1A4);

    internal TestArchive Special(string name, TarEntryType type) => Write(type, name, null, 0x1A4);

    internal TestArchive Entry(TarEntry entry)
    {
        _writer.WriteEntry(entry);
        return this;
    }

    internal byte[] Tar()
    {
        _writer.Dispose();
        return _tar.ToArray();
    }

    internal byte[] Xz(params string[] options) => Compress(Tar(), options);

    /// <summary>The store of the archive.</summary>
    internal HeaderStore Open(params string[] xzOptions) => Open(Xz(xzOptions));

    internal static byte[] Compress(byte[] data, params string[] options)
    {
        using Process xz = Process.Start(new ProcessStartInfo("xz", ["-c", "-T1", "-1", .. options])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var output = new MemoryStream();
        var reader = new Thread(() => xz.StandardOutput.BaseStream.CopyTo(output));
        reader.Start();
        xz.StandardInput.BaseStream.Write(data);
        xz.StandardInput.Close();
        reader.Join();
        xz.WaitForExit();
        Assert.Equal(0, xz.ExitCode);
        return output.ToArray();
    }

    internal static HeaderStore Open(byte[] archive, ArchiveLimits? limits = null) => HeaderStore.Open(Build(archive, limits));

    internal static SafeFileHandle Build(byte[] archive, ArchiveLimits? limits = null)
    {
        SafeFileHandle source = MemoryFile.Create("test-archive");
        RandomAccess.Write(source, archive, 0);
        return Build(source, limits);
    }

    internal static SafeFileHandle Build(SafeFileHandle source, ArchiveLimits? limits = null)
    {
        Warnings.Clear();
        return StoreBuilder.Build(source, new BuildOptions(limits ?? new ArchiveLimits(), Warnings.Add));
    }

    public void Dispose()
    {
        _writer.Dispose();
        _tar.Dispose();
    }

    private TestArchive Write(TarEntryType type, string name, Action<TarEntry>? fill, int mode)
    {
        TarEntry entry = _format switch
        {
            TarEntryFormat.Pax => new PaxTarEntry(type, name),
            TarEntryFormat.Ustar => new UstarTarEntry(type, name),
            TarEntryFormat.V7 => new V7TarEntry(type == TarEntryType.RegularFile ? TarEntryType.V7RegularFile : type, name),
            _ => new GnuTarEntry(type, name),
        };
        entry.Mode = (UnixFileMode)mode;
        entry.ModificationTime = Time;
        fill?.Invoke(entry);
        _writer.WriteEntry(entry);
        return this;
    }
}
