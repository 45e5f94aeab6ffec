using System.Text.Json;

namespace KHeadersFs.Mount.Tests;

/// <summary>Large trees and large directories are listed by as many requests as they have directories and buffers, and none more.</summary>
public sealed class ListingTests : IDisposable
{
    private readonly MountSite _site = new();
    private readonly Scratch _archives = new();

    public void Dispose()
    {
        _site.Dispose();
        _archives.Dispose();
    }

    // The kernel knows a directory's end by an empty answer (fs/fuse/readdir.c: fuse_readdir_uncached): two for each.
    [Theory]
    [InlineData(1000)]
    [InlineData(4000)]
    public void A_tree_takes_two_requests_a_directory(int directories)
    {
        HandMadeArchive archive = FittingArchive.Of(FittingArchive.RunningRelease);
        for (int i = 0; i < directories; i++)
        {
            archive.Folder(FormattableString.Invariant($"t/{i % 50}/{i / 50}"));
        }

        int all = directories + 50 + 5; // t, its 50, the root, and those of the headers
        Assert.Equal((all, 2L * all, 0L), Listed(archive, "-type d"));
    }

    [Theory]
    [InlineData(5_000)]
    [InlineData(20_000)]
    public void A_directory_takes_a_request_for_each_buffer_of_names(int files)
    {
        HandMadeArchive archive = FittingArchive.Of(FittingArchive.RunningRelease);
        for (int i = 0; i < files; i++)
        {
            archive.File(FormattableString.Invariant($"d/file{i:D6}.h"), "");
        }

        // Of 168 bytes for each (struct fuse_direntplus and the name), in what getdents64(2) is given, or before Linux 6.13 in one page.
        (int found, long listings, long lookups) = Listed(archive, "-path '*/d/*'");
        Assert.Equal((files, 0L), (found, lookups));
        Assert.InRange(listings, files * 168 / (128 << 10), (files / (4096 / 168)) + 15);
    }

    /// <summary>Mounts, has find(1) count, and asks the server: what was found, and the READDIRPLUS and LOOKUP that it took.</summary>
    private (int Found, long Listings, long Lookups) Listed(HandMadeArchive archive, string test)
    {
        _site.RunSilently(Subject.Path, archive.Save(_archives), _site.Directory);
        _site.AssertMounted();
        ProcessRun find = _site.Run("sh", "-c", $"echo; find \"$1\" {test} | wc -l", "sh", _site.Directory).Succeeded();
        using JsonDocument json = JsonDocument.Parse(_site.Run(Subject.Path, "status", "--json", _site.Directory).Succeeded().Output);
        JsonElement requests = json.RootElement.GetProperty("mounts")[0].GetProperty("requests");
        _site.Unmount();
        return (int.Parse(find.Output.Split('\n')[1], System.Globalization.CultureInfo.InvariantCulture), Count("READDIRPLUS"), Count("LOOKUP"));

        long Count(string name) => requests.TryGetProperty(name, out JsonElement number) ? number.GetInt64() : 0;
    }
}
