namespace KHeadersFs.Mount.Tests;

/// <summary>doctor says which headers each tool will really take, in the order that it has.</summary>
public sealed class DoctorClientTests : IDisposable
{
    private static readonly string Source = $"{DoctorSite.Modules}/source";

    private readonly DoctorSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void A_source_beside_the_mount_comes_before_it_until_its_link_is_removed()
    {
        string tree = DoctorSite.Tree(_site.Site.Scratch.In("tree"));
        File.CreateSymbolicLink(Source, tree);
        _site.Mount(DoctorSite.Build);
        _site.Expect("bcc", "warning", $"kconfig.h {DoctorSite.Build} {Source} {tree}", $"rm {Source}", []);
        _site.Mend(_site.Expect("bpftrace", "warning", $"{Source} {tree} not {DoctorSite.Build}"));
        ExpectTaken();
    }

    [Fact]
    public void A_source_without_headers_keeps_bcc_from_the_mount()
    {
        Directory.CreateDirectory(Source);
        _site.Mount(DoctorSite.Build);
        _site.Mend(_site.Expect("bcc", "warning", $"{Source} not {DoctorSite.Build} unpack"));
        ExpectTaken();
    }

    [Fact]
    public void Bpftrace_takes_a_source_without_build_and_bcc_does_not()
    {
        DoctorSite.Tree(Source, configuration: null);
        _site.Expect("bpftrace", "problem", $"takes {Source} make prepare");
        _site.Expect("bcc", "warning", "unpack archive");
    }

    [Fact]
    public void A_build_tree_that_bcc_does_not_see_to_be_one_half_gets_its_link()
    {
        (string common, _) = DoctorSite.SplitTree();
        File.Delete(Source);
        _site.Mend(_site.Expect("bcc", "warning", $"not {DoctorSite.Build} {common}"));
        _site.Expect("bcc", "ok", $"takes {Source} {DoctorSite.Build}");
    }

    [Theory]
    [InlineData("TMPDIR")]
    [InlineData("/tmp")]
    public void What_bcc_has_unpacked_is_a_problem_unless_it_is_this_kernels(string place)
    {
        string directory = $"{(place is "/tmp" ? place : _site.Site.Scratch.Temporary)}/kheaders-{DoctorSite.Release}";
        try
        {
            Directory.CreateDirectory(directory);
            _site.Expect("headers", "problem", $"{directory} bcc empty");
            DoctorSite.Tree(directory, configuration: null);
            _site.Expect("headers", "problem", $"{directory} bcc make prepare");
            _site.Expect("bcc", "warning", $"takes {directory}");
            DoctorSite.Tree(directory, release: "5.4.0-generic");
            _site.Expect("headers", "problem", "kernel 5.4.0-generic");
            DoctorSite.Tree(directory);
            _site.Expect("headers", "warning", $"bcc unpacked archive {directory}");
            ProcessRun.Of(["chown", OrdinaryUser.Id, directory]).Succeeded();
            _site.Mend(_site.Expect("headers", "problem", $"{directory} user {OrdinaryUser.Id} bcc root"));
            _site.Expect("headers", "ok", "no others");
        }
        finally
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    [Fact]
    public void Headers_that_bpftrace_cannot_read_are_told_for_bpftrace_only()
    {
        DoctorSite.Tree(DoctorSite.Build);
        _site.Expect("bpftrace", "ok", $"takes {DoctorSite.Build}", null, []);
        File.WriteAllText($"{DoctorSite.Build}/include/linux/fs.h", "struct filename {\n\tstruct __filename_head;\n\tint b;\n};\n");
        _site.Expect("bpftrace", "warning", $"takes {DoctorSite.Build} bpftrace 0.27 read headers");
        _site.Expect("bcc", "ok", $"takes {DoctorSite.Build}", null, []);
    }

    private void ExpectTaken()
    {
        _site.Expect("bcc", "ok", $"takes {DoctorSite.Build}", null, []);
        _site.Expect("bpftrace", "ok", $"takes {DoctorSite.Build}", null, []);
        _site.Site.AssertMounted(DoctorSite.RealBuild);
        _site.Site.Unmount(DoctorSite.RealBuild);
    }
}
