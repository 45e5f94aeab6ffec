using System.Diagnostics;
using System.Runtime.InteropServices;

namespace KHeadersFs.Mount.Tests;

/// <summary>What a server cannot see is not what is not there: it ends only when it is proved that nobody can reach its mount.</summary>
public sealed class UnseenProcessTests : IDisposable
{
    private static readonly string[] s_unshare = ["unshare", "--mount", "--propagation", "private"];
    private static readonly string s_poll = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 ? "73 " : "7 ";

    private readonly MountSite _site = new();

    public void Dispose() => _site.Dispose();

    /// <summary>As on a kernel without user namespaces (uid_map), of a security module, and for each file that a server looks into.</summary>
    [Theory]
    [InlineData("uid_map", "ENOENT", "auto")]
    [InlineData("uid_map", "ENOENT", "on")]
    [InlineData("uid_map", "ENOENT", "off")]
    [InlineData("mountinfo", "ENOENT", "auto")]
    [InlineData("mountinfo", "EACCES", "auto")]
    [InlineData("mountinfo", "EACCES", "off")]
    [InlineData("stat", "ENOENT", "auto")]
    [InlineData("stat", "EACCES", "auto")]
    public void A_file_of_proc_that_cannot_be_read_proves_nothing(string file, string error, string sandbox)
    {
        // $$ is the number of strace itself.
        string script = "exec strace -f -qq -o \"$1\" -e trace=openat -e inject=openat:error=\"$2\" -P \"/proc/1/$3\" -P \"/proc/$4/$3\" -P \"/proc/$$/$3\" \"$5\" -o \"sandbox=$6\" \"$7\" \"$8\"";
        using Process traced = ProcessRun.Start(
            ["sh", "-c", script, "sh", _site.Scratch.In("trace"), error, file, $"{Environment.ProcessId}", Subject.Path, sandbox, _site.Archive, _site.Directory], _site.Scratch.Work, _site.Scratch.Environment);
        Deadline.Until(static () => Subject.Servers() is [var server] && HasLooked(server), "a look at the namespace");
        _site.AssertMounted();
        _site.Unmount();
        Deadline.Until(() => traced.HasExited, "the end of strace");
    }

    [Theory]
    [InlineData("mount -t proc -o hidepid=2 proc /proc", "auto")]
    [InlineData("mount -t proc -o hidepid=2 proc /proc", "off")]
    [InlineData("mount -t proc -o subset=pid proc /proc", "auto")]
    [InlineData("mount -t proc -o subset=pid proc /proc", "off")]
    [InlineData("mount --bind /dev/null /proc/$$/mountinfo", "auto")]
    [InlineData("mount --bind /dev/null /proc/$$/mountinfo", "off")]
    [InlineData("mount --bind /dev/null /proc/$$/stat", "auto")]
    public void A_user_in_another_namespace_keeps_the_mount_whatever_is_hidden(string hide, string sandbox)
    {
        using NamespaceHolder holder = NamespaceHolder.Run(
            $"{hide}\n\"$1\" -o \"sandbox=$2\" \"$3\" \"$4\"", s_unshare, [Subject.Path, sandbox, _site.Archive, _site.Directory]);
        AssertServed(holder);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("off")]
    public void Also_when_proc_is_covered_after_the_mount(string sandbox)
    {
        using NamespaceHolder holder = NamespaceHolder.Run(
            "\"$1\" -o \"sandbox=$2\" \"$3\" \"$4\"\nmount -t tmpfs none /proc", s_unshare, [Subject.Path, sandbox, _site.Archive, _site.Directory]);
        AssertServed(holder);
    }

    /// <summary>The kernel lets the server wait before a file of its look, and meanwhile all processes seem to have ended, or the mount table to be gone.</summary>
    [Theory]
    [InlineData("/proc/$$/mountinfo", "mount -t proc -o hidepid=2 proc /proc", "auto")]
    [InlineData("/proc/self/mountinfo", "mount -t tmpfs none /proc", "auto")]
    [InlineData("/proc/self/mountinfo", "mount -t tmpfs none /proc", "off")]
    public void Also_when_proc_is_covered_while_the_server_looks(string file, string cover, string sandbox)
    {
        string script = $$"""
            strace -f -qq -o "$1" -e trace=openat -e inject=openat:delay_enter=700000 -P {{file}} -P "/proc/1/mountinfo" "$2" -o "sandbox=$3" "$4" "$5" >"$1.log" 2>&1 &
            until mountpoint -q "$5" && grep -q '/proc/1/mountinfo' "$1"; do sleep 0.05; done
            sleep 0.2
            {{cover}}
            """;
        using NamespaceHolder holder = NamespaceHolder.Run(script, s_unshare, [_site.Scratch.In("trace"), Subject.Path, sandbox, _site.Archive, _site.Directory]);
        Thread.Sleep(TimeSpan.FromSeconds(2)); // the rest of the look
        AssertServed(holder);
    }

    [Fact]
    public void Two_mounts_in_one_namespace_do_not_keep_each_other()
    {
        string other = Directory.CreateDirectory(_site.Scratch.In("other")).FullName;
        using (NamespaceHolder holder = NamespaceHolder.Run(
            "\"$1\" \"$2\" \"$3\"; \"$1\" \"$2\" \"$4\"", s_unshare, [Subject.Path, _site.Archive, _site.Directory, other]))
        {
            Assert.Equal(2, Subject.Servers().Count);
        }

        _site.AssertGone();
    }

    [Fact]
    public void An_ordinary_users_server_ends_with_its_namespace()
    {
        var user = new OrdinaryUser(_site.Scratch);
        using var device = new BoundDevice(_site.Scratch, "666");
        using (NamespaceHolder holder = NamespaceHolder.Run(
            "\"$@\"", s_unshare, [.. OrdinaryUser.Prefix, user.Program, _site.Archive, _site.Directory]))
        {
            Assert.Single(ProcFs.Running(user.Program));
        }

        Deadline.Until(() => ProcFs.Running(user.Program).Count == 0, "the end of the server");
    }

    /// <summary>Whoever holds a file open is served, though the server is the last one in its namespace.</summary>
    [Fact]
    public void Somebody_with_an_open_file_is_served_to_the_end()
    {
        string header = $"{_site.Directory}/{HandMadeArchive.AlwaysThere}";
        OpenFile? open = null;
        using (NamespaceHolder holder = NamespaceHolder.Run("\"$1\" \"$2\" \"$3\"", s_unshare, [Subject.Path, _site.Archive, _site.Directory]))
        {
            Deadline.Within(Deadline.Short, () => open = new OpenFile($"/proc/{holder.Id}/root{header}"));
        }

        using (open)
        {
            int server = _site.Server();
            Deadline.Until(() => ProcFs.Link(server, "ns/mnt") is not null && HasLooked(server), "a look at the namespace");
            Deadline.Within(Deadline.Short, () => Assert.NotEmpty(open!.Read(0, 512)));
        }

        _site.AssertGone();
    }

    private void AssertServed(NamespaceHolder holder)
    {
        int server = _site.Server();
        Deadline.Until(() => HasLooked(server), "a look at the namespace");
        string header = $"/proc/{holder.Id}/root{_site.Directory}/{HandMadeArchive.AlwaysThere}";
        Deadline.Within(Deadline.Short, () => Assert.NotEmpty(File.ReadAllBytes(header)));
    }

    /// <summary>
    /// Whether the server serves, with all its threads, and the one that watches the namespace waits, if there is one: it has looked, and has found that it need
    /// not end.
    /// </summary>
    private static bool HasLooked(int server)
    {
        try
        {
            string[] threads = Directory.GetDirectories($"/proc/{server}/task");
            return threads.Any(static t => Name(t).StartsWith("fuse-", StringComparison.Ordinal))
                && threads.Where(static t => Name(t) is "namespace").All(static t => File.ReadAllText($"{t}/syscall").StartsWith(s_poll, StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string Name(string thread) => File.ReadAllText($"{thread}/comm").Trim();
}
