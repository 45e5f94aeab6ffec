namespace KHeadersFs.Mount.Tests;

/// <summary>An ordinary user's mount, which root may not look into: bcc and bpftrace need root.</summary>
public sealed class DoctorUserMountTests : IDisposable
{
    private const string Elsewhere = "kheadersfs kheaders /run/kheaders -o mkdir";

    private readonly UserSite _user = new();
    private readonly DoctorSite _site = new();

    public DoctorUserMountTests()
    {
        _user.As(_user.Program, _site.Archive, _user.Directory).Succeeded();
        _user.AssertMounted();
        _site.Environment["BCC_KERNEL_SOURCE"] = _site.Environment["BPFTRACE_KERNEL_SOURCE"] = _user.Directory;
    }

    public void Dispose()
    {
        _site.Dispose();
        _user.Dispose();
    }

    [Theory]
    [InlineData("bcc")]
    [InlineData("bpftrace")]
    public void Root_is_told_whose_it_is_and_what_to_do(string client) => _site.Expect(
        client,
        "problem",
        $"mount user {OrdinaryUser.Id} root /run/kheaders",
        Elsewhere,
        []);

    [Fact]
    public void The_user_is_told_that_root_may_not_look_into_it() => _site.Expect(
        "bpftrace", "warning", "your mount root bpftrace", $"sudo {Elsewhere}", [.. OrdinaryUser.Prefix, _user.Program]);
}
