using System.Globalization;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Sources;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Records;

/// <summary>
/// What the next one has to know of a mount whose server was killed: which directories were made for it, of which archive it is, and with
/// which options. A file of lines, which its owner holds locked (flock(2)) for as long as it lives, in whatever namespace.
/// </summary>
/// <param name="file">The open and locked file; closed with the process, or with this.</param>
/// <param name="path">Where it is.</param>
internal sealed class MountRecord(SafeFileHandle file, string path) : IDisposable
{
    private const uint OwnerOnly = 0x180;

    /// <summary>Its path.</summary>
    internal string Path => path;

    /// <summary>The open file, to hand it to another process, and the lock with it.</summary>
    internal SafeFileHandle File => file;

    /// <summary>A new one; null where none can be kept, and then a killed server's directories stay.</summary>
    internal static MountRecord? TryCreate(MountSettings settings)
    {
        // Somebody who removes the empty directory at the same moment is only met once.
        for (int attempt = 0; attempt < 3 && RecordDirectory.TryMakeRoom() is { } path; attempt++)
        {
            if (PosixFile.TryOpen(path, LibC.O_RDWR | LibC.O_CREAT | LibC.O_EXCL, OwnerOnly) is not { } file)
            {
                continue;
            }

            if (!RecordLines.TryLock(file) || !PosixFile.Exists(path))
            {
                file.Dispose(); // somebody who sweeps was faster
                continue;
            }

            var record = new MountRecord(file, path);
            record.Add(RecordLines.BootLine, RecordLines.CurrentBoot);
            record.Add(RecordLines.SourceLine, SourceIdentity.TryOf(settings.Source, ModulePlaces.Of(settings))?.ToString() ?? "-");
            foreach (string option in TreeOptions.Of(settings))
            {
                record.Add(RecordLines.TreeLine, option);
            }

            return record;
        }

        return null;
    }

    /// <summary>One that another process has created and sent.</summary>
    internal static MountRecord? FromDescriptor(SafeFileHandle file) => LinklessPath.Of(file) is { } path ? new MountRecord(file, path) : null;

    /// <summary>That of a mount whose server has ended; null when there is none, or somebody else has it.</summary>
    internal static MountRecord? TryTake(MountInfo mount) =>
        RecordLines.All().FirstOrDefault(r => r.IsOf(mount)) is { } record && record.TryTake() is { } file ? new MountRecord(file, record.Path) : null;

    /// <summary>
    /// Directories that were made for an earlier mount on the directory <paramref name="place"/>, and are still to be removed: by the
    /// last one.
    /// </summary>
    internal static IReadOnlyList<MadeDirectory> Inherited(FileIdentity place) =>
        RecordLines.All().Select(static r => r.Made).FirstOrDefault(made => made is not [] && made[^1].Identity == place) ?? [];

    /// <summary>Directories that were made for a mount that is there, dead or alive.</summary>
    internal static IReadOnlyList<MadeDirectory> MadeFor(MountInfo mount) => RecordLines.All().FirstOrDefault(r => r.IsOf(mount))?.Made ?? [];

    /// <summary>
    /// Ends a record, and removes what was made, unless somebody else who lives has inherited it: the last one removes. The record goes
    /// last, so that whoever comes after a killed process finds what it has not removed.
    /// </summary>
    /// <param name="record">Null where none could be kept.</param>
    /// <param name="made">The outermost first.</param>
    /// <param name="places">Where else the innermost may be: one of the directories around it may have another name by now.</param>
    internal static void Release(MountRecord? record, IReadOnlyList<MadeDirectory> made, params IReadOnlyList<string> places)
    {
        // Of two that end at once, each finds the other one ending and removes: so neither leaves it to the other.
        record?.Add(RecordLines.EndingLine, "-");
        bool isBusy = false;
        if (made is [] || !RecordLines.All().Any(IsHeir))
        {
            isBusy = MadeDirectories.Remove(made);
            foreach (string place in places)
            {
                MadeDirectories.RemoveAt(place, made);
            }
        }

        // What something is mounted on is for whoever sweeps when that has gone.
        if (!isBusy)
        {
            record?.Delete();
        }

        bool IsHeir(RecordLines other) => !string.Equals(other.Path, record?.Path, StringComparison.Ordinal)
            && !other.IsEnding && other.Made is [.., var innermost] && innermost == made[^1] && other.HasOwner;
    }

    /// <summary>
    /// True when a mount was made of what the file of the source held then, and does not hold any more. A file that has gone
    /// has not changed.
    /// </summary>
    internal static bool IsOutdated(MountInfo mount, MountSettings settings) =>
        SourceIdentity.TryOf(settings.Source, ModulePlaces.Of(settings))?.ToString() is { } now
        && RecordLines.All().FirstOrDefault(r => r.IsOf(mount)) is { Source: { } then }
        && !string.Equals(now, then, StringComparison.Ordinal);

    /// <summary>The <see cref="TreeOptions"/> of a mount that is there; null where no record tells them.</summary>
    internal static IReadOnlyList<string>? TreeOf(MountInfo mount) =>
        RecordLines.All().FirstOrDefault(r => r.IsOf(mount)) is { Tree: [_, ..] tree } ? tree : null;

    /// <summary>
    /// Does what killed servers have left undone, in so far as their mounts have gone from this mount namespace: removes the directories
    /// and the records. Looks at each record once, and waits for none but that of <paramref name="unmounted"/>.
    /// </summary>
    /// <param name="unmounted">What has just been unmounted, so that its server is ending; null for nothing.</param>
    internal static void Sweep(MountInfo? unmounted = null)
    {
        // The number of a mount that has gone is soon another one's: it is that of the newest record.
        var numbers = new HashSet<(uint Major, uint Minor)>();
        foreach (RecordLines record in RecordLines.All())
        {
            bool isNewest = record.Mount is { } number && numbers.Add(number);
            bool isAwaited = unmounted is not null && isNewest && record.IsOf(unmounted);
            using SafeFileHandle? orphan = isAwaited ? record.TryTakeFromEnding() : record.TryTake();
            if (orphan is null || (isNewest && record.IsMounted))
            {
                continue;
            }

            if (record.IsOfThisBoot)
            {
                MadeDirectories.RemoveUnfinished(record.Unfinished);
                MadeDirectories.Remove(record.Made);
            }

            Delete(record.Path);
        }
    }

    /// <summary>Notes directories that were made for a mount before this one.</summary>
    internal void Add(IReadOnlyList<MadeDirectory> made)
    {
        foreach (MadeDirectory directory in made)
        {
            Add(directory);
        }
    }

    /// <summary>Notes a directory that has been made.</summary>
    internal void Add(MadeDirectory made) => Add(RecordLines.MadeLine, made.ToString());

    /// <summary>Notes a directory that is to be made, under a name that nobody else uses.</summary>
    internal void AddMaking(string path) => Add(RecordLines.MakingLine, path);

    /// <summary>Notes the mount.</summary>
    internal void Add(MountInfo mount) => Add(RecordLines.MountLine, string.Create(CultureInfo.InvariantCulture, $"{mount.Major}:{mount.Minor}"));

    /// <summary>Ends it: nothing is left to do.</summary>
    internal void Delete() => Delete(path);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static void Delete(string path)
    {
        // Should it fail, the next sweep does it.
        _ = PosixFile.TryDelete(path);
        RecordDirectory.RemoveIfEmpty();
    }

    private void Add(string name, string value)
    {
        try
        {
            PosixFile.WriteAt(file, PathText.GetBytes($"{name} {value}{RecordLines.End}"), RandomAccess.GetLength(file));
        }
        catch (IOException)
        {
            // A full /run: what cannot be noted stays should the server be killed.
        }
    }
}
