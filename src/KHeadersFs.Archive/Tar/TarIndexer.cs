using KHeadersFs.Archive.Decoding;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;

namespace KHeadersFs.Archive.Tar;

/// <summary>Reads a tar once, forward: members become nodes of a tree, bodies go to a sink.</summary>
internal sealed class TarIndexer(TreeBuilder tree, IBodySink bodies, ArchiveLimits limits, Action<string> warn)
{
    private int _members;

    /// <summary>Names of regular files met so far that end in ".h".</summary>
    internal int Headers { get; private set; }

    /// <summary>Reads all members of <paramref name="archive"/>, and the archive to its end.</summary>
    /// <exception cref="ArchiveException">
    /// It is no tar, it ends early, it is beyond the limits, or a member's name leads out of the tree.
    /// </exception>
    internal void Read(DecodedStream archive)
    {
        using var reader = new MemberReader(archive, limits, warn);
        while (reader.TryRead(out TarMember member))
        {
            if (++_members > limits.Members)
            {
                throw new ArchiveException(
                    $"has more than {limits.Members} members, so it is not a kernel's headers archive; -o limit_members=N allows more");
            }

            if (member.Kind != MemberKind.VolumeLabel && IsServable(member))
            {
                Add(member, archive);
            }
        }
    }

    private bool IsServable(in TarMember member)
    {
        RefuseWayOut(member.Name, member.Offset);
        string? fault = member.Kind switch
        {
            _ when member.Name.IsEmpty => "it has no name",
            _ when member.Name.TrimEnd((byte)'/').Length > limits.NameBytes => $"its name is longer than {limits.NameBytes} bytes (limit_name)",
            MemberKind.Special => "a special file, a device or a pipe",
            MemberKind.Continuation => "the rest of a file of another volume",
            MemberKind.Symlink when member.LinkName.IsEmpty => "a link to nothing",
            MemberKind.Symlink when member.LinkName.Length > limits.TargetBytes =>
                $"its target is longer than {limits.TargetBytes} bytes (limit_target)",
            _ => FaultOf(MemberPath.Of(member.Name)),
        };
        if (fault is not null)
        {
            LeaveOut(member, fault);
        }

        return fault is null;
    }

    private string? FaultOf(MemberPath path)
    {
        int depth = 0;
        while (path.TryTake(out ReadOnlySpan<byte> name))
        {
            if (name.Length > MemberPath.MaxComponentBytes)
            {
                return $"a name in it is longer than {MemberPath.MaxComponentBytes} bytes";
            }

            depth++;
        }

        return depth > limits.Depth ? $"it is more than {limits.Depth} directories deep (limit_depth)" : null;
    }

    private void Add(in TarMember member, DecodedStream archive)
    {
        int inode;
        if (member.Kind == MemberKind.HardLink)
        {
            RefuseWayOut(member.LinkName, member.Offset);
            inode = tree.FindInode(MemberPath.Of(member.LinkName));
            if (inode < 0 || tree.Inode(inode).Kind == NodeKind.Directory)
            {
                LeaveOut(member, $"a hard link to \"{PrintableName.Of(member.LinkName)}\", which is no earlier file");
                return;
            }
        }
        else
        {
            inode = tree.AddInode(Describe(member));
        }

        switch (tree.Place(MemberPath.Of(member.Name), inode))
        {
            case Placement.BelowNoDirectory:
                LeaveOut(member, "stands below something that is not a directory");
                break;
            case Placement.OverFullDirectory:
                LeaveOut(member, "stands in the place of a directory that is not empty");
                break;
            case Placement.Done when tree.Inode(inode).Kind == NodeKind.File:
                Headers += member.Name.EndsWith(".h"u8) ? 1 : 0;
                AddBody(member, archive, inode);
                break;
            case Placement.Done when member.Kind == MemberKind.Symlink:
                tree.SetTarget(inode, member.LinkName);
                break;
        }
    }

    private void AddBody(in TarMember member, DecodedStream archive, int inode)
    {
        if (member.Kind == MemberKind.File && member.FileSize > 0)
        {
            tree.Inode(inode).Position = member.Sparse is { } map
                ? bodies.AddSparse(archive, map)
                : bodies.Add(archive, member.DataSize);
        }
    }

    private static Inode Describe(in TarMember member)
    {
        NodeKind kind = member.Kind switch
        {
            MemberKind.Directory => NodeKind.Directory,
            MemberKind.Symlink => NodeKind.Symlink,
            _ => NodeKind.File,
        };
        return new Inode
        {
            Kind = kind,
            Permissions = kind switch
            {
                NodeKind.Directory => Permissions.OfDirectory,
                NodeKind.Symlink => Permissions.All,
                _ => Permissions.OfFile(member.IsExecutable),
            },
            ModifiedSeconds = member.Modified.Seconds,
            ModifiedNanoseconds = member.Modified.Nanoseconds,
            Size = kind == NodeKind.File ? (ulong)member.FileSize : 0,
        };
    }

    private static void RefuseWayOut(ReadOnlySpan<byte> name, long offset)
    {
        if (MemberPath.LeadsOut(name))
        {
            throw new ArchiveException(
                $"has a member that leads out of its tree, {MemberReader.Describe(name, offset)}; make the archive with names below \"./\"");
        }
    }

    private void LeaveOut(in TarMember member, string why) => warn($"left out {MemberReader.Describe(member.Name, member.Offset)}: {why}");
}
