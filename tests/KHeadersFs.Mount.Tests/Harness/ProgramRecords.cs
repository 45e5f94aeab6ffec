namespace KHeadersFs.Mount.Tests;

/// <summary>What the program notes of root's mounts, in this namespace's own /run (<see cref="PrivateNamespace"/>).</summary>
internal static class ProgramRecords
{
    private const string Folder = "/run/kheadersfs/mounts";

    /// <summary>The records of mounts that stand.</summary>
    internal static string[] Held()
    {
        int mounts = MountTable.Read().Count(static mount => mount.Type is "fuse.kheadersfs");
        string[] all = Directory.Exists(Folder) ? Directory.GetFiles(Folder) : [];
        return [.. all.Skip(mounts)];
    }
}
