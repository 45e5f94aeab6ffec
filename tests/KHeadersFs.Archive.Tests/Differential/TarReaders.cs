using System.Text;
using System.Text.RegularExpressions;
using KHeadersFs.Archive.Store;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Archive.Tests;

/// <summary>All cases, read by GNU tar, by bsdtar and by the library: once for all tests, and with as few processes as can be.</summary>
public sealed class TarReaders : IDisposable
{
    // --delay-directory-restore: with members in any order, tar would touch a directory again after it has set its time.
    private const string UnpackScript = """
        cd "$1" || exit
        for tar in tars/*.tar; do
          name=${tar##*/}
          mkdir "$2/${name%.tar}"
          case $2 in
            gnu) tar --no-same-owner --delay-directory-restore -xpf "$tar" -C "$2/${name%.tar}" ;;
            bsd) bsdtar --no-same-owner --no-xattrs --no-acls --no-fflags -xpf "$tar" -C "$2/${name%.tar}" ;;
          esac 2>/dev/null
          echo "${name%.tar} $?"
        done
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("kheadersfs-differential-").FullName;
    private readonly Dictionary<string, CaseResult> _results = new(StringComparer.Ordinal);

    public TarReaders()
    {
        foreach (string folder in new[] { "tars", "sources", "gnu", "bsd" })
        {
            Directory.CreateDirectory($"{_folder}/{folder}");
        }

        DateTimeOffset start = DateTimeOffset.UtcNow;
        foreach (TarCase written in Raw)
        {
            File.WriteAllBytes(PathOf(written.Name), written.Tar);
        }

        WriterCases.Write($"{_folder}/sources", $"{_folder}/tars");
        Dictionary<string, Unpacked>[] unpacked = new Dictionary<string, Unpacked>[2];
        Parallel.Invoke(
            () => unpacked[0] = Unpack("gnu", start),
            () => unpacked[1] = Unpack("bsd", start));
        ToolRun.Of("bash", ["-c", "cd \"$1\" && xz -0 -T1 *.tar", "bash", $"{_folder}/tars"]);
        foreach (string name in Names)
        {
            _results.Add(name, Serve(name, unpacked[0][name], unpacked[1][name]));
        }
    }

    internal static TarCase[] Raw { get; } =
        [.. NameCases.All, .. PaxCases.All, .. KindCases.All, .. NumberCases.All, .. EndCases.All, .. SparseCases.All];

    internal static IEnumerable<string> Names => [.. Raw.Select(static c => c.Name), .. WriterCases.All.Select(static c => c.Name)];

    /// <summary>Of "gnu" or "bsd", as the program itself says: "tar (GNU tar) 1.35", "bsdtar 3.7.4 - ...".</summary>
    internal static Version VersionOf(string reader) => Version.Parse(Regex.Match(
        Encoding.UTF8.GetString(ToolRun.Of(reader is "gnu" ? "tar" : "bsdtar", ["--version"])), @"[0-9]+\.[0-9.]*[0-9]", RegexOptions.None, Timeout.InfiniteTimeSpan).Value);

    internal CaseResult this[string name] => _results[name];

    public void Dispose() => ToolRun.Of("bash", ["-c", "chmod -R u+rwX -- \"$1\" 2>/dev/null; rm -rf -- \"$1\"", "bash", _folder]);

    private string PathOf(string name) => $"{_folder}/tars/{name}.tar";

    private Dictionary<string, Unpacked> Unpack(string reader, DateTimeOffset start)
    {
        string[] codes = Encoding.UTF8.GetString(ToolRun.Of("bash", ["-c", UnpackScript, "bash", _folder, reader]))
            .Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Dictionary<string, Listing> listings = FolderListings.Of($"{_folder}/{reader}", start);
        return codes.Chunk(2).ToDictionary(
            static code => code[0], code => new Unpacked(listings[code[0]], code[1] is "0"), StringComparer.Ordinal);
    }

    private CaseResult Serve(string name, Unpacked gnu, Unpacked bsd)
    {
        List<string> warnings = [];
        SafeFileHandle archive = File.OpenHandle(PathOf(name) + ".xz");
        try
        {
            using HeaderStore store = HeaderStore.Open(StoreBuilder.Build(archive, new BuildOptions(new ArchiveLimits(), warnings.Add)));
            return new CaseResult(gnu, bsd, Listing.Of(store), null, warnings);
        }
        catch (ArchiveException refused)
        {
            return new CaseResult(gnu, bsd, null, refused.Message, warnings);
        }
    }
}
