using KHeadersFs.Archive.Store;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Cache;

/// <summary>
/// Stores kept as files, named by the SHA-256 of the archive that they were built from, so that the next mount of the same
/// archive only has to read and hash it.
/// </summary>
/// <remarks>
/// A file is written under another name, synced and renamed, so what has the name is whole; and it is used only if it and its
/// directory belong to this user and nobody else can write there, and if all of its checksums agree. One process at a time
/// writes, so whoever does can take away what a crash has left. Whatever goes wrong here, the mount goes on without it.
/// </remarks>
/// <param name="directory">Where the files are; made (0700) if it does not exist.</param>
/// <param name="maxBytes">The oldest files go when all together have more bytes than this.</param>
/// <param name="tell">Takes a line when a file cannot be used or written.</param>
public sealed class StoreCache(string directory, long maxBytes, Action<string> tell)
{
    private const string Extension = ".khfs";

    /// <summary>"a.b.*" without the habit of old systems to match "a.b" too.</summary>
    private static readonly EnumerationOptions s_plainPatterns = new() { MatchType = MatchType.Simple };

    /// <summary>The directory has been told of as unfit.</summary>
    private bool _refused;

    /// <summary>The store with <paramref name="key"/>, open and checked, or null.</summary>
    internal SafeFileHandle? TryOpen(string key)
    {
        if (!Directory.Exists(directory))
        {
            return null; // there will be one when the store is saved
        }

        CacheDirectory? place = null;
        try
        {
            place = Enter();
            return place is null ? null : Open(place, key, tell);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            tell($"{PathOf(key)}: not used: {CacheDirectory.Explain(e, place)}");
            return null;
        }
        finally
        {
            place?.Dispose();
        }
    }

    /// <summary>
    /// Writes <paramref name="store"/> as the file of <paramref name="key"/>. Returns the file, to be served instead of the
    /// one in memory, or null when it could not be written.
    /// </summary>
    internal SafeFileHandle? TrySave(string key, SafeFileHandle store)
    {
        if (_refused)
        {
            return null;
        }

        CacheDirectory? place = null;
        try
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            place = Enter();
            return place is null ? null : Save(place, key, store);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            tell($"{PathOf(key)}: cannot be written: {CacheDirectory.Explain(e, place)}");
            return null;
        }
        finally
        {
            place?.Dispose();
        }
    }

    private CacheDirectory? Enter()
    {
        var place = CacheDirectory.Open(directory);
        if (place.IsOursAlone)
        {
            return place;
        }

        place.Dispose();
        _refused = true;
        tell($"{directory}: not used as a cache, others own it or can write to it; chown it and chmod go-w");
        return null;
    }

    private SafeFileHandle? Open(CacheDirectory place, string key, Action<string> complain)
    {
        string path = place.PathOf(key + Extension);
        if (!Path.Exists(path))
        {
            return null;
        }

        SafeFileHandle? file = FileOwner.IsRegular(path) ? File.OpenHandle(path) : null;
        if (Refusal(file) is { } refusal)
        {
            file?.Dispose();
            complain($"{PathOf(key)}: not used, it {refusal}; it is made again");
            return null;
        }

        Touch(file!);
        return file;
    }

    /// <summary>Sets the age that eviction goes by.</summary>
    private static void Touch(SafeFileHandle file)
    {
        try
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Read-only: then nothing is evicted either.
        }
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
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            Delete(temporary);
            throw;
        }

        Evict(place, keep: key + Extension);
        return File.OpenHandle(path);
    }

    private static void Write(string path, SafeFileHandle store)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            BufferSize = 0,
        };
        using var file = new FileStream(path, options);
        using var buffer = new NativeBuffer(256 << 10);
        for (long position = 0; RandomAccess.Read(store, buffer.Span, position) is int read and > 0; position += read)
        {
            file.Write(buffer.Span[..read]);
        }

        file.Flush(flushToDisk: true);
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is one of ours and may be deleted by the next mount.
        }
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
        foreach (string path in Directory.EnumerateFiles(place.Root, "*" + Extension + ".*", s_plainPatterns))
        {
            Delete(path);
        }
    }

    private void Evict(CacheDirectory place, string keep)
    {
        FileInfo[] files = [.. new DirectoryInfo(place.Root).EnumerateFiles("*" + Extension, s_plainPatterns)
            .OrderByDescending(f => string.Equals(f.Name, keep, StringComparison.Ordinal))
            .ThenByDescending(static f => f.LastWriteTimeUtc)];
        long total = files[0].Length;
        foreach (FileInfo file in files.Skip(1))
        {
            total += file.Length;
            if (total > maxBytes)
            {
                Delete(file.FullName);
            }
        }
    }

    /// <summary>The path that people know.</summary>
    private string PathOf(string key) => Path.Combine(directory, key + Extension);
}
