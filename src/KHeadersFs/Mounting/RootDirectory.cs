using KHeadersFs.Options;
using KHeadersFs.Posix;

namespace KHeadersFs.Mounting;

/// <summary>-o root: another system's root, a node's in a container, below which DIR, its links and the kernel's modules are.</summary>
internal static class RootDirectory
{
    /// <summary>The system's own.</summary>
    internal const string Own = "/";

    /// <summary>The one that is asked for, without links.</summary>
    /// <exception cref="ProgramException">It is no directory.</exception>
    internal static string Of(MountSettings settings)
    {
        if (settings.Root is Own)
        {
            return Own;
        }

        RootedPath root = RootedPath.Resolve(settings.Root);
        return root.IsThere && PosixDirectory.Exists(root.Path)
            ? root.Path
            : throw new ProgramException(
                ExitCode.MountFailure, $"-o root={settings.Root}: is no directory; give the one where the other system's root is mounted");
    }

    /// <summary>What a path below a root is called from there.</summary>
    internal static string Inside(string path, string root) => root is Own ? path : path[root.Length..] is [_, ..] inside ? inside : Own;
}
