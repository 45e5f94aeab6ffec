using System.Globalization;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>What a caller has in its environment, or leaves open, changes nothing: neither how images of the program know each other, nor the runtime.</summary>
public sealed class CallerTests : IDisposable
{
    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("KHEADERSFS_SERVE=5")]
    [InlineData("KHEADERSFS_SERVE=10//tmp")]
    [InlineData("KHEADERSFS_WALK=3,4")]
    [InlineData("DOTNET_GCHeapHardLimit=100000")]
    [InlineData("DOTNET_GCGen0MaxBudget=1")]
    [InlineData("DOTNET_gcServer=1")]
    public void A_variable_does_not_matter(string variable)
    {
        _site.RunSilently("env", variable, Subject.Path, "-o", "prime", _site.Archive, _site.Directory);
        _site.AssertMounted();
        Assert.DoesNotContain(variable, File.ReadAllText($"/proc/{_site.Server()}/environ"), StringComparison.Ordinal);
        _site.Unmount();
    }

    // Under the numbers by which images of the program hand things to each other; dash has none of two digits.
    [Theory]
    [InlineData("10</dev/null 11</dev/null")]
    [InlineData("10<&0 11>&1")]
    [InlineData("10<>/dev/fuse")]
    public void A_file_left_open_does_not_matter(string redirection)
    {
        _site.RunSilently("bash", "-c", $"exec \"$@\" {redirection}", "bash", Subject.Path, "-o", "prime", _site.Archive, _site.Directory);
        _site.AssertMounted();
        _site.Unmount();
    }

    // Whatever number the socket has had, the server finds it; with -f it is the same process that hands it over.
    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(11)]
    public void Many_files_left_open_do_not_matter(int last) =>
        ServeInForeground($"for i in $(seq 3 {last}); do eval \"exec $i</dev/null\"; done", "$2");

    // With -f the archive is read by a child, which has a socket of the program's own under that number.
    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(16)]
    public void An_archive_left_open_is_read_under_any_number(int number) =>
        ServeInForeground($"exec {number}<\"$2\"", $"/dev/fd/{number}");

    // Where the socket of a taking over is may be named by a variable, but what is there has to prove itself.
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(1000)]
    public void A_number_in_a_variable_proves_nothing(int number)
    {
        string variable = string.Create(CultureInfo.InvariantCulture, $"KHEADERSFS_SOCKET={number}");
        _site.RunSilently("env", variable, "bash", "-c", "exec \"$@\" 5</dev/null", "bash", Subject.Path, _site.Archive, _site.Directory);
        _site.AssertMounted();
        _site.Unmount();
    }

    [Theory]
    [InlineData("")]
    [InlineData("KHEADERS")]
    [InlineData("something that is no message of ours")]
    public void A_socket_left_open_does_not_matter(string content)
    {
        int[] ends = new int[2];
        Assert.Equal(0, Syscall.socketpair(UnixAddressFamily.AF_UNIX, UnixSocketType.SOCK_STREAM, default(UnixSocketProtocol), out ends[0], out ends[1]));
        try
        {
            byte[] bytes = System.Text.Encoding.ASCII.GetBytes(content);
            Assert.Equal(bytes.Length, Syscall.send(ends[0], bytes, (ulong)bytes.Length, default(MessageFlags)));
            _site.RunSilently(
                "bash", "-c", string.Create(CultureInfo.InvariantCulture, $"exec \"$@\" 10<&{ends[1]}"), "bash", Subject.Path, _site.Archive, _site.Directory);
            _site.AssertMounted();
            _site.Unmount();
        }
        finally
        {
            Array.ForEach(ends, static end => _ = Syscall.close(end));
        }
    }

    /// <summary>Mounts with what a shell has opened, and unmounts. The archive's path is the shell's $2.</summary>
    private void ServeInForeground(string opening, string source)
    {
        string script = $"{opening}; \"$1\" -f \"{source}\" \"$3\" 2>/dev/null & "
            + "until test -d \"$3/include\"; do kill -0 $! || exit 9; done; umount \"$3\"; wait $!";
        _site.RunSilently("bash", "-c", script, "bash", Subject.Path, _site.Archive, _site.Directory);
        _site.AssertGone();
    }
}
