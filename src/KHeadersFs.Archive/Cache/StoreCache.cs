using KHeadersFs.Archive.Store;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Cache;

/// <summary>
/// Stores kept as files, named by the SHA-256 of the archive that they were built from, so that the next mount of the same
/// archive only has to read and hash it.
/// </summary>
/// <remarks>
/// A file is written under another name, synced and renamed, so what has the name is whole; and it is used only if it and its
/// directory belong to this user and nobody else can write there. Whatever goes wrong here, the mount goes on without it.
/// </remarks>
/// <param name="directory">Where the files are; made (0700) if it does not exist.</param>
/// <param name="maxBytes">The oldest files go when all together have more bytes than this.</param>
/// <param name="tell">Takes a line when a file cannot be used or written.</param>
public sealed class StoreCache(string directory, long maxBytes, Action<string> tell)
{
    private const string Extension = ".khfs";

    /// <summary>The store with <paramref name="key"/>, open and checked, or null.</summary>
    internal SafeFileHandle? TryOpen(string key)
    {
        string path = PathOf(key);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            SafeFileHandle file = File.OpenHandle(path);
            if (Refusal(file) is { } refusal)
            {
                file.Dispose();
                tell($"{path}: not used, it {refusal}; it is made again");
                return null;
            }

            File.SetLastWriteTimeUtc(path, DateTime.UtcNow); // the age that eviction goes by
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            tell($"{path}: not used: {e.Message}");
            return null;
        }
    }

    /// <summary>
    /// Writes <paramref name="store"/> as the file of <paramref name="key"/>. Returns the file, to be served instead of the
    /// one in memory, or null when it could not be written.
    /// </summary>
    internal SafeFileHandle? TrySave(string key, SafeFileHandle store)
    {
        string path = PathOf(key);
        string temporary = $"{path}.{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (!FileOwner.IsOursAlone(directory))
            {
                tell($"{directory}: not used as a cache, others own it or can write to it; chown it and chmod go-w");
                return null;
            }

            Write(temporary, store);
            File.Move(temporary, path, overwrite: true);
            Evict(keep: path);
            return File.OpenHandle(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            tell($"{path}: cannot be written: {e.Message}");
            Delete(temporary);
            return null;
        }
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
    private string? Refusal(SafeFileHandle file)
    {
        if (!FileOwner.IsOursAlone(file) || !FileOwner.IsOursAlone(directory))
        {
            return "or its directory belongs to others or can be written by them";
        }

        try
        {
            // Reads all tables; the descriptor stays the caller's.
            using HeaderStore store = HeaderStore.Open(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false));
            return store.Length == RandomAccess.GetLength(file) ? null : "has another length than it says";
        }
        catch (ArchiveException e)
        {
            return e.Message;
        }
    }

    private void Evict(string keep)
    {
        FileInfo[] files = [.. new DirectoryInfo(directory).EnumerateFiles("*" + Extension + "*").OrderByDescending(static f => f.LastWriteTimeUtc)];
        long total = files.Where(f => IsSame(f, keep)).Sum(static f => f.Length);
        foreach (FileInfo file in files.Where(f => !IsSame(f, keep)))
        {
            total += file.Length;
            if (total > maxBytes)
            {
                Delete(file.FullName);
            }
        }
    }

    private static bool IsSame(FileInfo file, string path) =>
        string.Equals(file.Name, Path.GetFileName(path), StringComparison.Ordinal);

    private string PathOf(string key) => Path.Combine(directory, key + Extension);
}
