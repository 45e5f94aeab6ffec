using System.Text.RegularExpressions;

namespace KHeadersFs.Mount.Tests;

/// <summary>What unmounting or replacing leaves is told with a command, and the command does it.</summary>
public sealed partial class LeftoverTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void A_mount_in_use_is_refused_with_the_command_that_detaches_it()
    {
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        using (File.OpenRead(Path.Combine(_site.Directory, HandMadeArchive.AlwaysThere)))
        {
            RunNamed(AssertBusy(_site.Run(Subject.Path, "-u", _site.Directory)));
            Assert.Null(MountTable.At(_site.Directory));
        }

        _site.AssertGone();
    }

    [Fact]
    public void So_it_is_for_an_ordinary_user()
    {
        using var site = new UserSite();
        site.AllowOthers(true);
        site.Mount("-o", "allow_other").Succeeded();
        using (File.OpenRead(Path.Combine(site.Directory, HandMadeArchive.AlwaysThere)))
        {
            string command = AssertBusy(site.As(site.Program, "-u", site.Directory));
            site.As(["sh", "-c", command]).Succeeded();
            Assert.Null(MountTable.At(site.Directory));
        }

        site.AssertGone();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Copies_of_a_dead_mount_are_named_with_the_command_that_takes_them_away(bool replace)
    {
        string[] places = Copies();
        _site.KillServer();
        string said = replace
            ? _site.Run(Subject.Path, _site.Archive, _site.Directory).Succeeded().Error
            : _site.Run(Subject.Path, "-u", _site.Directory).Succeeded().Error;
        string command = Named(said);
        Assert.Equal($"umount -l {string.Join(' ', places)}", command);
        RunNamed(command);
        string[] left = [.. MountTable.Read().Where(static m => m.Type is "fuse.kheadersfs").Select(static m => m.Directory)];
        Assert.Equal(replace ? _site.Directory : "", string.Join(' ', left));
        if (replace)
        {
            _site.AssertMounted();
            _site.RunSilently(Subject.Path, "-u", _site.Directory);
        }

        _site.AssertGone();
    }

    [Fact]
    public void Copies_that_are_served_on_are_no_matter()
    {
        string[] places = Copies();
        _site.RunSilently(Subject.Path, "-u", _site.Directory);
        Assert.All(places, place => Deadline.Within(Deadline.Short, () => Assert.NotEmpty(Directory.GetFileSystemEntries(place))));
        _site.RunSilently(["umount", .. places]);
        _site.AssertGone();
    }

    /// <summary>A mount with a copy of all of it and one of a directory of it.</summary>
    private string[] Copies()
    {
        string[] places = [Directory.CreateDirectory(_site.Scratch.In("copy")).FullName, Directory.CreateDirectory(_site.Scratch.In("part")).FullName];
        _site.RunSilently(Subject.Path, _site.Archive, _site.Directory);
        _site.RunSilently("mount", "--bind", _site.Directory, places[0]);
        _site.RunSilently("mount", "--bind", Path.Combine(_site.Directory, "include"), places[1]);
        return places;
    }

    private static string AssertBusy(ProcessRun run)
    {
        Assert.Equal(FailedMount.MountFailure, run.ExitCode);
        Assert.Contains("fuser -m ", run.Error, StringComparison.Ordinal);
        return Named(run.Error);
    }

    private static string Named(string said)
    {
        Match match = Command().Match(said);
        Assert.True(match.Success, $"no command in: {said}");
        return match.Groups["command"].Value;
    }

    private void RunNamed(string command) => _site.RunSilently("sh", "-c", command);

    [GeneratedRegex(@"\Akheadersfs: [^\n]*: (?<command>umount -l [^\n;]+)\n\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Command();
}
