using System.Formats.Tar;
using System.Text;

namespace KHeadersFs.Mount.Tests;

/// <summary>A tar of chosen members, compressed by xz. Unless it is to be empty it begins with one header.</summary>
internal sealed class HandMadeArchive
{
    internal const string AlwaysThere = "include/linux/kconfig.h";

    private readonly List<TarEntry> _members = [];
    private readonly TarEntryFormat _format;

    internal HandMadeArchive(TarEntryFormat format = TarEntryFormat.Gnu, bool empty = false)
    {
        _format = format;
        if (!empty)
        {
            File(AlwaysThere, "#define IS_ENABLED(option) 1\n");
        }
    }

    internal HandMadeArchive File(string name, string content) =>
        Add(TarEntryType.RegularFile, name, data: Encoding.UTF8.GetBytes(content));

    internal HandMadeArchive Folder(string name) => Add(TarEntryType.Directory, name);

    internal HandMadeArchive Link(string name, string target) => Add(TarEntryType.SymbolicLink, name, target);

    internal HandMadeArchive HardLink(string name, string target) => Add(TarEntryType.HardLink, name, target);

    internal HandMadeArchive Special(TarEntryType type, string name) => Add(type, name);

    /// <summary>Writes the archive into a scratch directory and returns its path.</summary>
    internal string Save(Scratch scratch, params string[] xzOptions)
    {
        using var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, _format, leaveOpen: true))
        {
            _members.ForEach(writer.WriteEntry);
        }

        string tar = scratch.Write("made.tar", bytes.ToArray());
        ProcessRun.Of(["xz", "-0", "--force", .. xzOptions, tar]).Succeeded();
        return tar + ".xz";
    }

    private HandMadeArchive Add(TarEntryType type, string name, string? target = null, byte[]? data = null)
    {
        TarEntry entry = _format == TarEntryFormat.Pax ? new PaxTarEntry(type, name) : new GnuTarEntry(type, name);
        entry.ModificationTime = DateTimeOffset.UnixEpoch.AddSeconds(1_600_000_000);
        entry.Mode = (UnixFileMode)(type == TarEntryType.Directory ? 0b111_000_000 : 0b110_000_000);
        if (target is not null)
        {
            entry.LinkName = target;
        }

        if (data is not null)
        {
            entry.DataStream = new MemoryStream(data);
        }
        _members.Add(entry);
        return this;
    }
}
