using KHeadersFs.Archive.Tar;

namespace KHeadersFs.Archive.Tree;

/// <summary>
/// Grows a tree from members in archive order: directories that have no member of their own are made up, a later member replaces an
/// earlier one of the same name, and a directory met again keeps its entries.
/// </summary>
/// <remarks>
/// Names and inodes are rows of two lists, 16 and 40 bytes each, and a name is found by a hash of its directory's row and its bytes. So
/// no object is made for a member, and an archive of a million costs what a million rows cost. The hash has a seed of its own in each
/// process (<see cref="HashCode"/>): nobody can make names that all fall into one chain.
/// </remarks>
internal sealed class TreeBuilder : IDisposable
{
    /// <summary>The row of the directory that is mounted.</summary>
    internal const int Root = 0;

    private const int None = -1;

    private readonly ArchiveLimits _limits;
    private NativeList<int> _chains = new(); // first name of each chain, or None; a power of two
    private int _implied;
    private int _steps; // names that were looked up

    /// <summary>A tree that holds its root.</summary>
    internal TreeBuilder(ArchiveLimits limits)
    {
        _limits = limits;
        Rehash(1024);
        int root = AddInode(NewDirectory(0, 0));
        Names.Add(new NameRow { Inode = root, Parent = Root, Next = None });
    }

    /// <summary>All names that were ever placed; that of the root, which is empty, first.</summary>
    internal NativeList<NameRow> Names { get; } = new();

    /// <summary>All inodes that were ever added; some may have no name any more.</summary>
    internal NativeList<Inode> Inodes { get; } = new();

    /// <summary>The bytes of all names, one behind the other.</summary>
    internal NativeList<byte> Text { get; } = new();

    /// <summary>The bytes of all targets of symlinks, one behind the other.</summary>
    internal NativeList<byte> Targets { get; } = new();

    /// <summary>The bytes of a name; valid until one is placed.</summary>
    internal ReadOnlySpan<byte> NameOf(int row)
    {
        int start = Names[row].Start;
        return Text.Items[start..(row + 1 < Names.Count ? Names[row + 1].Start : Text.Count)];
    }

    /// <summary>The target of a symlink, and nothing of anything else; valid until one is set.</summary>
    internal ReadOnlySpan<byte> TargetOf(in Inode inode) =>
        inode.Kind == NodeKind.Symlink ? Targets.Items.Slice((int)inode.Position, (int)inode.Size) : default;

    /// <summary>An inode; valid until one is added.</summary>
    internal ref Inode Inode(int inode) => ref Inodes[inode];

    /// <summary>Adds an inode that has no name yet.</summary>
    internal int AddInode(in Inode inode) => Inodes.Add(inode);

    /// <summary>Sets the target of a symlink.</summary>
    /// <exception cref="ArchiveException">All names and targets together are beyond the limits.</exception>
    internal void SetTarget(int inode, ReadOnlySpan<byte> target)
    {
        Inode(inode).Position = (ulong)Targets.AddRange(target);
        Inode(inode).Size = (ulong)target.Length;
        CheckText();
    }

    /// <summary>Gives <paramref name="inode"/> the name <paramref name="path"/>; an empty path is the root.</summary>
    /// <exception cref="ArchiveException">The tree is beyond the limits.</exception>
    internal Placement Place(MemberPath path, int inode)
    {
        bool isDirectory = Inode(inode).Kind == NodeKind.Directory;
        int directory = Root;
        if (!path.TryTake(out ReadOnlySpan<byte> name))
        {
            return isDirectory ? Refresh(Root, inode) : Placement.OverFullDirectory;
        }

        while (path.TryTake(out ReadOnlySpan<byte> below))
        {
            directory = Enter(directory, name, inode);
            if (InodeOf(directory).Kind != NodeKind.Directory)
            {
                return Placement.BelowNoDirectory;
            }

            name = below;
        }

        int row = Find(directory, name);
        if (row < 0)
        {
            Add(directory, name, inode);
            return Placement.Done;
        }

        if (InodeOf(row).Kind == NodeKind.Directory)
        {
            if (isDirectory)
            {
                return Refresh(row, inode);
            }

            if (InodeOf(row).Size > 0)
            {
                return Placement.OverFullDirectory;
            }
        }

        Names[row].Inode = inode;
        return Placement.Done;
    }

    /// <summary>The inode at <paramref name="path"/>, or -1.</summary>
    internal int FindInode(MemberPath path)
    {
        int row = Root;
        while (row >= 0 && path.TryTake(out ReadOnlySpan<byte> name))
        {
            row = Find(row, name);
        }

        return row < 0 ? None : Names[row].Inode;
    }

    /// <summary>Lets go of what only building needs.</summary>
    internal void Complete()
    {
        _chains.Dispose();
        _chains = new NativeList<int>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _chains.Dispose();
        Names.Dispose();
        Inodes.Dispose();
        Text.Dispose();
        Targets.Dispose();
    }

    private static Inode NewDirectory(long modifiedSeconds, uint modifiedNanoseconds) => new()
    {
        Kind = NodeKind.Directory,
        Permissions = Permissions.OfDirectory,
        ModifiedSeconds = modifiedSeconds,
        ModifiedNanoseconds = modifiedNanoseconds,
    };

    private ref Inode InodeOf(int row) => ref Inodes[Names[row].Inode];

    /// <summary>Gives a directory the attributes of a member that is the same directory.</summary>
    private Placement Refresh(int row, int from)
    {
        ref Inode directory = ref InodeOf(row);
        ref Inode member = ref Inode(from);
        directory.Permissions = member.Permissions;
        directory.ModifiedSeconds = member.ModifiedSeconds;
        directory.ModifiedNanoseconds = member.ModifiedNanoseconds;
        if (directory.IsImplied)
        {
            directory.IsImplied = false;
            _implied--;
        }

        return Placement.Done;
    }

    /// <summary>The row at a name of a directory, which is made up with the times of the member that needs it.</summary>
    private int Enter(int directory, ReadOnlySpan<byte> name, int member)
    {
        int row = Find(directory, name);
        if (row >= 0)
        {
            return row;
        }

        if (++_implied > _limits.ImpliedDirectories)
        {
            throw new ArchiveException(
                $"has more than {_limits.ImpliedDirectories} directories without a member of their own, so it is not a kernel's headers archive; "
                + "-o limit_implied=N allows more");
        }

        Inode made = NewDirectory(Inode(member).ModifiedSeconds, Inode(member).ModifiedNanoseconds);
        made.IsImplied = true;
        return Add(directory, name, AddInode(made));
    }

    private int Add(int directory, ReadOnlySpan<byte> name, int inode)
    {
        if (Names.Count >= _chains.Count)
        {
            Rehash(_chains.Count * 2);
        }

        ref int chain = ref _chains[ChainOf(directory, name)];
        int row = Names.Add(new NameRow { Parent = directory, Inode = inode, Start = Text.AddRange(name), Next = chain });
        chain = row;
        InodeOf(directory).Size++;
        CheckText();
        return row;
    }

    /// <summary>The row of a name in a directory, or -1.</summary>
    private int Find(int directory, ReadOnlySpan<byte> name)
    {
        if (++_steps > _limits.PathSteps)
        {
            throw new ArchiveException(
                $"has members so deep that placing them takes more than {_limits.PathSteps} steps, so it is not a kernel's headers archive; "
                + "-o limit_path_steps=N allows more");
        }

        int row = _chains[ChainOf(directory, name)];
        while (row >= 0 && (Names[row].Parent != directory || !NameOf(row).SequenceEqual(name)))
        {
            row = Names[row].Next;
        }

        return row;
    }

    private int ChainOf(int directory, ReadOnlySpan<byte> name)
    {
        HashCode hash = default;
        hash.Add(directory);
        hash.AddBytes(name);
        return hash.ToHashCode() & (_chains.Count - 1);
    }

    private void Rehash(int count)
    {
        _chains.Dispose();
        _chains = new NativeList<int>();
        _chains.AddFilled(None, count);
        for (int row = Root + 1; row < Names.Count; row++)
        {
            ref int chain = ref _chains[ChainOf(Names[row].Parent, NameOf(row))];
            Names[row].Next = chain;
            chain = row;
        }
    }

    private void CheckText()
    {
        if (Text.Count + (long)Targets.Count > _limits.TextBytes + ((long)ArchiveLimits.TextBytesPerMember * Inodes.Count))
        {
            throw new ArchiveException(
                $"has more than {_limits.TextBytes >> 20} MiB of names and link targets, beside {ArchiveLimits.TextBytesPerMember} bytes a member, "
                + "so it is not a kernel's headers archive; -o limit_text=MIB allows more");
        }
    }
}
