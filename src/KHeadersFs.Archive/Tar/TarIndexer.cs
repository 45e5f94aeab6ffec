using KHeadersFs.Archive.Decoding;
using KHeadersFs.Archive.Store;
using KHeadersFs.Archive.Tree;
using KHeadersFs.Archive.Views;

namespace KHeadersFs.Archive.Tar;

/// <summary>Reads a tar once, forward: members become nodes of a tree, as far as a view has them, and bodies go to a sink.</summary>
internal sealed class TarIndexer(TreeBuilder tree, IBodySink bodies, ArchiveView view, ArchiveLimits limits, Action<string> warn)
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

        foreach (MadeFile file in view.Complete(warn))
        {
            if (tree.FindInode(MemberPath.Of(file.Name)) < 0)
            {
                AddMade(file, isExecutable: false);
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
        if (member.Kind == MemberKind.HardLink)
        {
            RefuseWayOut(member.LinkName, member.Offset);
        }

        ReadOnlySpan<byte> name = view.NameOf(member);
        if (name.IsEmpty || (view.GivesWay(member) && tree.FindInode(MemberPath.Of(name)) >= 0))
        {
            return;
        }

        if (member.Kind == MemberKind.File && view.Takes(name))
        {
            Take(member, name, archive);
            return;
        }

        int inode;
        if (member.Kind == MemberKind.HardLink)
        {
            inode = FindTarget(member);
            if (inode < 0)
            {
                LeaveOut(member, $"a hard link to \"{PrintableName.Of(member.LinkName)}\", which is no earlier file");
                return;
            }

            name = view.NameOf(member);
        }
        else
        {
            inode = tree.AddInode(Describe(member));
        }

        if (!TryPlace(member, name, inode))
        {
            return;
        }

        if (tree.Inode(inode).Kind == NodeKind.File)
        {
            AddBody(member, archive, inode);
        }
        else if (member.Kind == MemberKind.Symlink)
        {
            tree.SetTarget(inode, member.LinkName);
        }
    }

    /// <summary>The file that a hard link is another name of, or -1.</summary>
    private int FindTarget(in TarMember member)
    {
        ReadOnlySpan<byte> target = view.TargetOf(member);
        int inode = target.IsEmpty ? -1 : tree.FindInode(MemberPath.Of(target));
        return inode >= 0 && tree.Inode(inode).Kind != NodeKind.Directory ? inode : -1;
    }

    private bool TryPlace(in TarMember member, ReadOnlySpan<byte> name, int inode)
    {
        string? fault = FaultOf(tree.Place(MemberPath.Of(name), inode));
        if (fault is not null)
        {
            LeaveOut(member, fault);
            return false;
        }

        Headers += tree.Inode(inode).Kind == NodeKind.File && name.EndsWith(".h"u8) ? 1 : 0;
        return true;
    }

    private static string? FaultOf(Placement placement) => placement switch
    {
        Placement.BelowNoDirectory => "stands below something that is not a directory",
        Placement.OverFullDirectory => "stands in the place of a directory that is not empty",
        _ => null,
    };

    /// <summary>Has the view see a body, which may become another.</summary>
    private void Take(in TarMember member, ReadOnlySpan<byte> name, DecodedStream archive)
    {
        if (member.Sparse is not null || member.FileSize > ArchiveView.MaxBody)
        {
            LeaveOut(member, member.Sparse is not null
                ? "a file with holes, which is no text"
                : $"it has more than {ArchiveView.MaxBody >> 20} MiB, too much to be a header that is changed");
            return;
        }

        byte[] body = new byte[member.FileSize];
        if (archive.Read(body) < body.Length)
        {
            return; // the archive's end is for its reader to find
        }

        TakenBody taken = view.Take(new MadeFile(name.ToArray(), body, member.Modified.Seconds, member.Modified.Nanoseconds));
        string? fault = taken.Fault ?? (taken.File is { } file ? AddMade(file, member.IsExecutable) : null);
        if (fault is not null)
        {
            LeaveOut(member, fault);
        }
    }

    /// <summary>Returns why it cannot be placed, or null.</summary>
    private string? AddMade(MadeFile file, bool isExecutable)
    {
        int inode = tree.AddInode(new Inode
        {
            Kind = NodeKind.File,
            Permissions = Permissions.OfFile(isExecutable),
            ModifiedSeconds = file.ModifiedSeconds,
            ModifiedNanoseconds = file.ModifiedNanoseconds,
            Size = (ulong)file.Body.Length,
        });
        if (FaultOf(tree.Place(MemberPath.Of(file.Name), inode)) is { } fault)
        {
            return fault;
        }

        Headers += file.Name.AsSpan().EndsWith(".h"u8) ? 1 : 0;
        if (file.Body.Length > 0)
        {
            tree.Inode(inode).SetBody(bodies.AddMade(file.Body));
        }

        return null;
    }

    private void AddBody(in TarMember member, DecodedStream archive, int inode)
    {
        if (member.Kind == MemberKind.File && member.FileSize > 0)
        {
            tree.Inode(inode).SetBody(member.Sparse is { } map ? bodies.AddSparse(archive, map) : bodies.Add(archive, member.DataSize));
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
