namespace KHeadersFs.Archive.Tree;

/// <summary>
/// Follows symlinks as the kernel does where the directory <paramref name="root"/> is mounted, but never out of it: what lies
/// there is not the archive's to promise. Allocates nothing.
/// </summary>
/// <param name="nodes">The tree.</param>
/// <param name="root">What is mounted of it, a directory.</param>
/// <param name="maxSteps">
/// Components that are walked in all. A kernel's archive has a few dozen, one whose headers are all links out of it one for each; a
/// million links through forty others must not hold up the mount.
/// </param>
internal sealed class LinkResolver(NodeTable nodes, int root, int maxSteps)
{
    /// <summary>Links on one way, beyond which it is ELOOP: MAXSYMLINKS of linux/namei.h.</summary>
    internal const int MaxLinks = 40;

    private const int Nowhere = -1;

    private int _followed;
    private int _steps;

    /// <summary>So much has been walked that <see cref="Resolve"/> does not tell any more.</summary>
    internal bool IsExhausted => _steps > maxSteps;

    /// <summary>The file or directory to which <paramref name="link"/> leads, or -1.</summary>
    internal int Resolve(int link)
    {
        _followed = 0;
        return Follow(link);
    }

    private int Follow(int link)
    {
        ReadOnlySpan<byte> rest = nodes.Target(link);
        if (++_followed > MaxLinks || rest is [] or [(byte)'/', ..])
        {
            return Nowhere;
        }

        // What follows the last slash is a component too, if an empty one: "a.h/" is no file (ENOTDIR).
        int node = nodes.Parent(link);
        while (node >= 0)
        {
            int slash = rest.IndexOf((byte)'/');
            node = Step(node, slash < 0 ? rest : rest[..slash]);
            if (slash < 0)
            {
                break;
            }

            rest = rest[(slash + 1)..];
        }

        return node;
    }

    private int Step(int node, ReadOnlySpan<byte> name)
    {
        if (++_steps > maxSteps || nodes.Kind(node) != NodeKind.Directory)
        {
            return Nowhere;
        }

        if (name is [] or [(byte)'.'])
        {
            return node;
        }

        if (name is [(byte)'.', (byte)'.'])
        {
            return node == root ? Nowhere : nodes.Parent(node);
        }

        int child = nodes.Lookup(node, name);
        return child >= 0 && nodes.Kind(child) == NodeKind.Symlink ? Follow(child) : child;
    }
}
