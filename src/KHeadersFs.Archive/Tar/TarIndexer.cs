using System.Formats.Tar;
using System.Text;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;

namespace KHeadersFs.Archive.Tar;

/// <summary>
/// Reads a tar once, forward: members become nodes of a tree, bodies go to a sink. Formats are those of TarReader: V7,
/// ustar, PAX ("x", "g") and GNU ("L", "K").
/// </summary>
internal sealed class TarIndexer(TreeBuilder tree, IBodySink bodies, Action<string> warn)
{
    private readonly PaxAttributes _pax = new();

    /// <summary>Regular files met so far whose name ends in ".h".</summary>
    internal int Headers { get; private set; }

    /// <summary>Reads all members of <paramref name="archive"/>.</summary>
    /// <exception cref="ArchiveException">It is no tar, it ends early, or a member's name leads out of the tree.</exception>
    internal void Read(Stream archive)
    {
        using var reader = new TarReader(archive, leaveOpen: true);
        long end = 0;
        while (Next(reader, archive, end) is { } entry)
        {
            end = (archive.Position + entry.Length + 511) & ~511L;
            if (entry is PaxGlobalExtendedAttributesTarEntry global)
            {
                _pax.SetGlobal(global);
            }
            else
            {
                Add(entry);
            }
        }
    }

    /// <summary>
    /// The next member, or null at the end: the marker of zeros or, as tar accepts too, nothing at all behind the last
    /// member, which ends at <paramref name="end"/>.
    /// </summary>
    private static TarEntry? Next(TarReader reader, Stream archive, long end)
    {
        try
        {
            return reader.GetNextEntry();
        }
        catch (EndOfStreamException) when (end > 0 && archive.Position == end)
        {
            return null;
        }
        catch (EndOfStreamException e) when (end > 0)
        {
            throw new ArchiveException("holds a tar that ends early; take a fresh copy of it", e);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or ArgumentException or OverflowException
            or EndOfStreamException)
        {
            throw new ArchiveException("holds no tar archive; give a kheaders.tar.xz", e);
        }
    }

    private void Add(TarEntry entry)
    {
        MemberPath path = MemberPath.Of(entry.Name);
        if (!IsServable(entry, path))
        {
            return;
        }

        TreeNode? node = entry.EntryType == TarEntryType.HardLink ? FindLinked(entry) : MakeNode(entry);
        if (node is not null && !tree.TryAdd(path, node))
        {
            Warn(entry, "stands below something that is not a directory");
        }
    }

    private bool IsServable(TarEntry entry, MemberPath path)
    {
        while (path.TryTake(out ReadOnlySpan<char> name))
        {
            // TarReader puts U+FFFD in the place of what is not UTF-8; the true name is lost.
            if (name.Contains('\uFFFD'))
            {
                Warn(entry, "its name is not UTF-8");
                return false;
            }

            if (name.Length > MemberPath.MaxNameBytes || Encoding.UTF8.GetByteCount(name) > MemberPath.MaxNameBytes)
            {
                Warn(entry, $"a name in it is longer than {MemberPath.MaxNameBytes} bytes");
                return false;
            }
        }

        return true;
    }

    private TreeNode? FindLinked(TarEntry entry)
    {
        TreeNode? target = tree.Find(MemberPath.Of(entry.LinkName));
        if (target is null || target.Kind == NodeKind.Directory)
        {
            Warn(entry, $"a hard link to \"{MemberPath.Printable(entry.LinkName)}\", which is no earlier file");
            return null;
        }

        return target;
    }

    private TreeNode? MakeNode(TarEntry entry)
    {
        if (PaxAttributes.IsSparse(entry))
        {
            throw new ArchiveException(
                $"has a sparse member, \"{MemberPath.Printable(entry.Name)}\", which is not supported; make the archive without tar's --sparse");
        }

        switch (entry.EntryType)
        {
            case TarEntryType.Directory:
            case TarEntryType.V7RegularFile when entry.Name.EndsWith('/'):
                (long seconds, uint nanoseconds) = _pax.ModificationTime(entry);
                return TreeNode.NewDirectory(Permissions(entry, directory: true), seconds, nanoseconds);
            case TarEntryType.RegularFile:
            case TarEntryType.V7RegularFile:
            case TarEntryType.ContiguousFile:
                return MakeFile(entry);
            case TarEntryType.SymbolicLink:
                (seconds, nanoseconds) = _pax.ModificationTime(entry);
                return new TreeNode
                {
                    Kind = NodeKind.Symlink,
                    Permissions = 0x1FF,
                    ModifiedSeconds = seconds,
                    ModifiedNanoseconds = nanoseconds,
                    Target = entry.LinkName,
                };
            default:
                Warn(entry, $"a special member ({entry.EntryType})");
                return null;
        }
    }

    private TreeNode MakeFile(TarEntry entry)
    {
        if (entry.Name.EndsWith(".h", StringComparison.Ordinal))
        {
            Headers++;
        }

        (long seconds, uint nanoseconds) = _pax.ModificationTime(entry);
        return new TreeNode
        {
            Kind = NodeKind.File,
            Permissions = Permissions(entry, directory: false),
            ModifiedSeconds = seconds,
            ModifiedNanoseconds = nanoseconds,
            Size = (ulong)entry.Length,
            Position = entry.Length == 0 ? 0 : AddBody(entry),
        };
    }

    private ulong AddBody(TarEntry entry)
    {
        try
        {
            return bodies.Add(entry.DataStream!, entry.Length);
        }
        catch (EndOfStreamException e)
        {
            throw new ArchiveException("holds a tar that ends early; take a fresh copy of it", e);
        }
    }

    /// <summary>a+rX without the write bits: before 6.10 the archive's modes follow its builder's umask (facts of the format).</summary>
    private static ushort Permissions(TarEntry entry, bool directory)
    {
        const int anyExecute = 0x49;
        return (ushort)(0x124 | (directory || ((int)entry.Mode & anyExecute) != 0 ? anyExecute : 0));
    }

    private void Warn(TarEntry entry, string why) => warn($"left out \"{MemberPath.Printable(entry.Name)}\": {why}");
}
