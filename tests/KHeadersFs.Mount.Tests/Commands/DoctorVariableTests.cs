using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>doctor looks at what the variables of bcc and bpftrace name, which these take whatever is there.</summary>
public sealed class DoctorVariableTests : IDisposable
{
    private const string Bcc = "BCC_KERNEL_SOURCE";
    private const string Bpftrace = "BPFTRACE_KERNEL_SOURCE";
    private const string BpftraceBuild = "BPFTRACE_KERNEL_BUILD";

    private readonly DoctorSite _site = new();

    public void Dispose() => _site.Dispose();

    [Theory]
    [InlineData("", "names nothing")]
    [InlineData("nothing", "not there")]
    [InlineData("file", "no directory")]
    [InlineData("empty", "empty")]
    [InlineData("other", "include/linux/kconfig.h")]
    [InlineData("unfinished", "make prepare")]
    [InlineData("foreign", "kernel 5.4.0-generic")]
    [InlineData("changed", "configuration /sys/kernel/kheaders.tar.xz 1 CONFIG_HZ")]
    public void A_variable_that_names_no_headers_of_this_kernel_is_a_problem(string name, string text)
    {
        File.WriteAllText(In("file"), "");
        Directory.CreateDirectory(In("empty"));
        Directory.CreateDirectory(In("other/scripts"));
        DoctorSite.Tree(In("unfinished"), configuration: null);
        DoctorSite.Tree(In("foreign"), release: "5.4.0-generic");
        DoctorSite.Tree(In("changed"), configuration: DoctorSite.Configuration.Replace("250", "1000", StringComparison.Ordinal));
        Name(Bcc, name.Length == 0 ? "" : In(name));
        Name(Bpftrace, name.Length == 0 ? "" : In(name));
        _site.Expect("bcc", "problem", text);
        _site.Expect("bpftrace", "problem", text);
    }

    [Fact]
    public void A_variable_that_names_headers_of_this_kernel_is_well()
    {
        Name(Bcc, DoctorSite.Tree(In("tree")));
        Name(Bpftrace, In("tree"));
        _site.Expect("bcc", "ok", $"takes {In("tree")}, by {Bcc}", null, []);
        _site.Expect("bpftrace", "ok", $"takes {In("tree")}, by {Bpftrace}", null, []);
    }

    [Fact]
    public void A_variable_is_looked_at_also_where_its_tool_is_not_found()
    {
        _site.Under(Cover.Empty("/usr/lib/python3/dist-packages"));
        Name(Bcc, "/nonexistent");
        _site.Expect("bcc", "problem", "bcc /nonexistent BCC_KERNEL_SOURCE not there");
    }

    [Fact]
    public void The_second_variable_of_bpftrace_is_looked_at_too()
    {
        Name(Bpftrace, DoctorSite.Tree(In("source"), configuration: null));
        _site.Expect("bpftrace", "problem", "make prepare");
        Name(BpftraceBuild, In("nothing"));
        _site.Expect("bpftrace", "problem", $"{In("nothing")} {Bpftrace} not there");
        Name(BpftraceBuild, DoctorSite.Tree(In("build"), release: "5.4.0-generic", hasHeaders: false));
        _site.Expect("bpftrace", "problem", "kernel 5.4.0-generic");
        DoctorSite.Tree(In("build"), hasHeaders: false);
        _site.Expect("bpftrace", "ok", $"takes {In("source")}");
    }

    [Fact]
    public void One_half_of_a_split_tree_is_a_problem_and_the_command_names_both()
    {
        (string common, string generated) = DoctorSite.SplitTree();
        Name(Bcc, generated);
        Name(Bpftrace, generated);
        _site.Expect("bcc", "problem", $"only generated {common}", $"unset {Bcc}", []);
        _site.Expect("bpftrace", "problem", "only generated", $"export {Bpftrace}={common} {BpftraceBuild}={generated}", []);
        Name(Bpftrace, common);
        Name(BpftraceBuild, generated);
        _site.Expect("bpftrace", "ok", $"takes {common}");
        var user = new OrdinaryUser(_site.Site.Scratch);
        _site.Expect(
            "bpftrace", "ok", $"takes {common}", $"sudo env {Bpftrace}={common} {BpftraceBuild}={generated} bpftrace ...", [.. OrdinaryUser.Prefix, user.Program]);
    }

    [Fact]
    public void A_mount_whose_server_has_died_is_replaced_by_the_command()
    {
        _site.Mount(In("mnt"));
        Name(Bcc, In("mnt"));
        _site.Expect("bcc", "ok", $"takes {In("mnt")}");
        _site.Site.KillServer();
        _site.Mend(_site.Expect("bcc", "problem", "server died"));
        _site.Expect("bcc", "ok", $"takes {In("mnt")}");
        _site.Site.AssertMounted(In("mnt"));
        _site.Site.Unmount(In("mnt"));
    }

    [Fact]
    public void A_server_that_hangs_does_not_hang_doctor()
    {
        _site.Mount(In("mnt"));
        int server = _site.Site.Server();
        Name(Bcc, $"{In("mnt")}/include");
        Assert.Equal(0, Syscall.kill(server, Signum.SIGSTOP));
        _site.Expect("bcc", "problem", "not answer", $"umount -l {In("mnt")}", []);
        Assert.Equal(0, Syscall.kill(server, Signum.SIGCONT));
        _site.Site.AssertMounted(In("mnt"));
        _site.Site.Unmount(In("mnt"));
    }

    [Fact]
    public void Sudo_drops_variables_so_the_command_sets_them_after_it()
    {
        string place = In("headers");
        _site.Mount(place);
        _site.Expect("bcc", "warning", $"headers mounted {place} {Bcc}", $"env {Bcc}={place} python3 PROGRAM", []);
        Name("SUDO_UID", OrdinaryUser.Id);
        _site.Expect("bcc", "warning", $"headers mounted {place}", $"sudo env {Bcc}={place} python3 PROGRAM", []);
        _site.Expect("bpftrace", "warning", $"headers mounted {place}", $"sudo env {Bpftrace}={place} bpftrace ...", []);
        Name(Bpftrace, place);
        var user = new OrdinaryUser(_site.Site.Scratch);
        _site.Expect(
            "bpftrace", "ok", $"takes {place} {Bpftrace} sudo variables", $"sudo env {Bpftrace}={place} bpftrace ...", [.. OrdinaryUser.Prefix, user.Program]);
        _site.Site.AssertMounted(place);
        _site.Site.Unmount(place);
    }

    private string In(string name) => _site.Site.Scratch.In(name);

    private void Name(string variable, string value) => _site.Environment[variable] = value;
}
