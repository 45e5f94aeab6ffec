using KHeadersFs.Archive.Store;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Cache;

/// <summary>
/// Stores kept as files, named by the SHA-256 of the archive that they were built from, so that the next mount of the same
/// archive only has to read and hash it.
/// </summary>
/// <remarks>
/// A file is written under another name, synced and renamed, so what has the name is whole; and it is used only if it and its
/// directory belong to this user and nobody else can write there, and if all of its checksums agree. One process at a time
/// writes, so whoever could can take away what a crash has left. Whatever goes wrong here, the mount goes on without it.
/// </remarks>
/// <param name="directory">Where the files are; made (0700) if it does not exist.</param>
/// <param name="maxBytes">The oldest files go when all together have more bytes than this.</param>
/// <param name="tell">Takes a line when a file cannot be used or written.</param>
public sealed class StoreCache(string directory, long maxBytes, Action<string> tell)
{
    private const string Extension = ".khfs";

    private const uint OwnerOnly = 0x1C0; // 0700
    private const uint Execute = 0x40;

    /// <summary>The directory has been told of as unfit.</summary>
    private bool _refused;

    /// <summary>The store with <paramref name="key"/>, open and checked, or null.</summary>
    internal SafeFileHandle? TryOpen(string key) => In(key, "not used", make: false, place =>
    {
        if (place.TryLock())
        {
            DeleteLeftovers(place);
        }

        return Open(place, key, tell);
    });

    /// <summary>
    /// Writes <paramref name="store"/> as the file of <paramref name="key"/>. Returns the file, to be served instead of the
    /// one in memory, or null when it could not be written.
    /// </summary>
    internal SafeFileHandle? TrySave(string key, SafeFileHandle store) =>
        In(key, "cannot be written", make: true, place => Save(place, key, store));

    /// <summary>Does something in the directory; null when that fails, which is told of as <paramref name="failure"/>.</summary>
    private SafeFileHandle? In(string key, string failure, bool make, Func<CacheDirectory, SafeFileHandle?> action)
    {
        CacheDirectory? place = null;
        try
        {
            place = Enter(make);
            return place is null ? null : action(place);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            tell($"{PathOf(key)}: {failure}: {CacheDirectory.Explain(e, place)}");
            return null;
        }
        finally
        {
            place?.Dispose();
        }
    }

    /// <summary>The directory; null when there is none, or none that can be used, which has been told of.</summary>
    private CacheDirectory? Enter(bool make)
    {
        if (_refused)
        {
            return null;
        }

        if (FileStatus.Of(directory, followLink: false) is null)
        {
            if (!make)
            {
                return null;
            }

            if (!PosixDirectory.TryMakeAll(directory, OwnerOnly))
            {
                throw new PosixException(directory);
            }
        }

        if (WhyNoDirectory() is { } why)
        {
            return Refuse(why);
        }

        var place = CacheDirectory.Open(directory);
        if (place.IsOursAlone)
        {
            return place;
        }

        place.Dispose();
        return Refuse("others own it or can write to it; chown it and chmod go-w");
    }

    /// <summary>Tells once why the directory is not used.</summary>
    private CacheDirectory? Refuse(string why)
    {
        _refused = true;
        tell($"{directory}: not used as a cache, {why}");
        return null;
    }

    private string? WhyNoDirectory() => FileStatus.Of(directory) switch
    {
        { Kind: FileStatus.Directory } => null,
        { } status => $"it is {status.Description}; name a directory",
        null when PosixFile.ReadLink(directory) is { } target => $"it is a symbolic link to {target}, where nothing is; make a directory there",
        null => null, // opening says why
    };

    private SafeFileHandle? Open(CacheDirectory place, string key, Action<string> complain)
    {
        string path = place.PathOf(key + Extension);
        if (FileStatus.Of(path, followLink: false) is null)
        {
            return null;
        }

        SafeFileHandle? file = FileOwner.IsRegular(path) ? PosixFile.Open(path) : null;
        if (Refusal(file) is { } refusal)
        {
            file?.Dispose();
            complain($"{PathOf(key)}: not used, it {refusal}; it is made again");
            return null;
        }

        PosixFile.Touch(file!); // the age that eviction goes by; where that is read-only, nothing is evicted either
        return file;
    }

    private SafeFileHandle? Save(CacheDirectory place, string key, SafeFileHandle store)
    {
        if (!place.TryLock())
        {
            return null; // another mount is writing; the store in memory is as good
        }

        if (Open(place, key, static _ => { }) is { } saved)
        {
            return saved; // another mount was quicker
        }

        DeleteLeftovers(place);
        string path = place.PathOf(key + Extension);
        string temporary = path + ".new";
        try
        {
            Write(temporary, store);
            PosixFile.Rename(temporary, path);
        }
        catch
        {
            _ = PosixFile.TryDelete(temporary);
            throw;
        }

        Evict(place, keep: key + Extension);
        return PosixFile.Open(path);
    }

    private static void Write(string path, SafeFileHandle store)
    {
        using SafeFileHandle file = PosixFile.Create(path, OwnerOnly & ~Execute);
        using var buffer = new NativeBuffer(256 << 10);
        for (long position = 0; RandomAccess.Read(store, buffer.Span, position) is int read and > 0; position += read)
        {
            PosixFile.WriteAt(file, buffer.Span[..read], position, path);
        }

        PosixFile.Synchronize(file, path);
    }

    /// <summary>Why an open file cannot be served, or null.</summary>
    private static string? Refusal(SafeFileHandle? file)
    {
        if (file is null)
        {
            return "is no regular file";
        }

        if (!FileOwner.IsOursAlone(file))
        {
            return "belongs to others or can be written by them";
        }

        try
        {
            HeaderStore.Check(file);
            return null;
        }
        catch (ArchiveException e)
        {
            return e.Message;
        }
    }

    /// <summary>What writers have left that were killed; to be called by the only writer.</summary>
    private static void DeleteLeftovers(CacheDirectory place)
    {
        foreach (string name in PosixDirectory.List(place.Root).Where(static n => n.Contains(Extension + ".", StringComparison.Ordinal)))
        {
            _ = PosixFile.TryDelete(place.PathOf(name));
        }
    }

    private void Evict(CacheDirectory place, string keep)
    {
        var files = PosixDirectory.List(place.Root)
            .Where(static n => n.EndsWith(Extension, StringComparison.Ordinal))
            .Select(n => (Name: n, Status: FileStatus.Of(place.PathOf(n), followLink: false)))
            .OrderByDescending(f => string.Equals(f.Name, keep, StringComparison.Ordinal))
            .ThenByDescending(static f => f.Status?.Modified);
        long total = 0;
        foreach ((string name, FileStatus? status) in files)
        {
            total += status?.Size ?? 0;
            if (total > maxBytes && !string.Equals(name, keep, StringComparison.Ordinal))
            {
                _ = PosixFile.TryDelete(place.PathOf(name));
            }
        }
    }

    /// <summary>The path that people know.</summary>
    private string PathOf(string key) => $"{directory}/{key}{Extension}";
}
