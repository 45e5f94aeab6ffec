using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// What a cache goes by (ccache: device, inode, size, mtime, ctime) is the same for the same archive and another for another one, also
/// when kernels are built with a fixed time and differ in one letter of one header.
/// </summary>
public sealed class ChangeTimeTests : IDisposable
{
    private const string Header = "include/generated/autoconf.h";
    private const string Other = "include/generated/other.h";

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("ro")]
    [InlineData("kbuild")]
    [InlineData("subdir=include/generated")]
    public void Contents_that_differ_in_one_byte_have_another_change_time_everywhere(string options)
    {
        string header = options.StartsWith("subdir", StringComparison.Ordinal) ? "autoconf.h" : Header;
        Stat[] first = Mounted(Save("first", With(250)), options, header, ".");
        Stat[] second = Mounted(Save("second", With(251)), options, header, ".");
        for (int i = 0; i < first.Length; i++)
        {
            Assert.Equal(Known(first[i]), Known(second[i]));
            Assert.NotEqual(ChangeOf(first[i]), ChangeOf(second[i]));
        }
    }

    [Fact]
    public void The_same_contents_have_the_same_change_time_however_they_are_packed_and_kept()
    {
        string archive = Save("first", With(250));
        Stat[] first = Mounted(archive, "ro", Header, Other, "include");
        Assert.NotEqual(first[0].st_mtime_nsec, first[0].st_ctime_nsec); // another time at all
        string cache = $"cache={_site.Scratch.In("cache")}";
        (string What, string Archive, string Options)[] others =
        [
            ("again", archive, "ro"),
            ("a cache that is filled", archive, cache),
            ("a cache that is read", archive, cache),
            ("blocks that are kept", Save("blocks", With(250), "--block-size=1KiB"), "ro"),
            ("gzip", Packed("gzip -9"), "ro"),
            ("no compression", Packed("cat"), "ro"),
            ("another order of members", Save("reversed", new HandMadeArchive(empty: true).File(Other, "#define OTHER 1\n").File(Header, "#define CONFIG_HZ 250\n").File(HandMadeArchive.AlwaysThere, "#define IS_ENABLED(option) 1\n")), "ro"),
            ("another mode of all files", archive, "umask=077"),
        ];
        Assert.All(others, other => Assert.Equal(
            (other.What, Lines(first)), (other.What, Lines(Mounted(other.Archive, other.Options, Header, Other, "include")))));

        string Packed(string command)
        {
            string path = _site.Scratch.In($"packed-{command.Split(' ')[0]}");
            ProcessRun.Shell($"xz -dc \"$1\" | {command} >\"$2\"", archive, path).Succeeded();
            return path;
        }
    }

    [Fact]
    public void It_is_after_the_modification_and_within_a_second()
    {
        Stat[] all = Mounted(Save("first", With(250)), "ro", Header, Other, "include", ".");
        Assert.All(all, static status => Assert.True(
            status.st_ctime == status.st_mtime && status.st_ctime_nsec is >= 0 and < 1_000_000_000 && status.st_ctime_nsec >= status.st_mtime_nsec));
        string pax = _site.Scratch.In("late.tar");
        ProcessRun.Shell(
            "cd \"$1\" && mkdir -p include && for i in $(seq 1 9); do echo $i >include/h$i.h; touch -d @1600000000.${i}99999999 include/h$i.h; done && tar --format=pax -cf \"$2\" include",
            _site.Scratch.In("home"),
            pax).Succeeded();
        Directory.Delete(_site.Scratch.In("home/include"), recursive: true);
        Assert.All(Mounted(pax, "ro", [.. Enumerable.Range(1, 9).Select(static i => $"include/h{i}.h")]), static status =>
        {
            long later = ((status.st_ctime - status.st_mtime) * 1_000_000_000) + status.st_ctime_nsec - status.st_mtime_nsec;
            Assert.InRange(later, 0, 999_999_999);
        });
        Assert.Contains(all, static status => status.st_ctime_nsec > status.st_mtime_nsec);
    }

    private static HandMadeArchive With(int frequency) =>
        new HandMadeArchive().File(Header, $"#define CONFIG_HZ {frequency}\n").File(Other, "#define OTHER 1\n");

    /// <summary>The device number is mostly the same, too; but whoever mounts something in between may get it.</summary>
    private static (ulong, long, long, long) Known(Stat status) => (status.st_ino, status.st_size, status.st_mtime, status.st_mtime_nsec);

    private static (long, long) ChangeOf(Stat status) => (status.st_ctime, status.st_ctime_nsec);

    private static string Lines(Stat[] all) => string.Join('\n', all.Select(static status => ChangeOf(status)));

    private string Save(string name, HandMadeArchive archive, params string[] xzOptions)
    {
        File.Delete(_site.Archive); // all are made by that name
        string path = _site.Scratch.In($"{name}.tar.xz");
        File.Move(archive.Save(_site.Scratch, xzOptions), path);
        return path;
    }

    /// <summary>Mounts it on the one directory, and unmounts it again.</summary>
    private Stat[] Mounted(string archive, string options, params string[] paths)
    {
        _site.Run(Subject.Path, "-o", $"release=ignore,{options}", archive, _site.Directory).Succeeded();
        _site.AssertMounted();
        Stat[] all = [.. paths.Select(path => OptionCase.Status(Path.Combine(_site.Directory, path)))];
        _site.Unmount();
        return all;
    }
}
