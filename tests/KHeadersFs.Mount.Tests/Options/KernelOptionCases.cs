namespace KHeadersFs.Mount.Tests;

/// <summary>Options that the kernel sees: flags of the mount, and security contexts.</summary>
internal static class KernelOptionCases
{
    internal static Dictionary<string, Action<OptionCase>[]> All { get; } = new(StringComparer.Ordinal)
    {
        ["noexec"] = [static c => Flags(c, "noexec", "ro,nosuid,nodev,noexec,relatime")],
        ["exec"] = [static c => Flags(c, "noexec,exec", "ro,nosuid,nodev,relatime"), static c => Flags(c, "exec,noexec", "ro,nosuid,nodev,noexec,relatime")],
        ["nosymfollow"] = [static c => Flags(c, "nosymfollow", "ro,nosuid,nodev,relatime,nosymfollow"), static c => Flags(c, "symfollow,nosymfollow", "ro,nosuid,nodev,relatime,nosymfollow")],
        ["symfollow"] = [static c => Flags(c, "nosymfollow,symfollow", "ro,nosuid,nodev,relatime")],
        ["nosuid"] = [static c => Flags(c, "nosuid", "ro,nosuid,nodev,relatime"), static c => Flags(c, "suid", "ro,nosuid,nodev,relatime")],
        ["nodev"] = [static c => Flags(c, "nodev", "ro,nosuid,nodev,relatime"), static c => Flags(c, "dev", "ro,nosuid,nodev,relatime")],
        ["ro"] = [static c => Flags(c, "ro", "ro,nosuid,nodev,relatime"), static c => Flags(c, "rw", "ro,nosuid,nodev,relatime")],
        ["sync"] = [static c => SuperFlag(c, "sync")],
        ["dirsync"] = [static c => SuperFlag(c, "dirsync")],
        ["context"] = [static c => Context(c, "context")],
        ["fscontext"] = [static c => Context(c, "fscontext")],
        ["defcontext"] = [static c => Context(c, "defcontext")],
        ["rootcontext"] = [static c => Context(c, "rootcontext")],
    };

    private static void Flags(OptionCase c, string options, string shown) =>
        c.Mounted(options, mount => Assert.Equal(shown, mount.Options));

    private static void SuperFlag(OptionCase c, string flag) =>
        c.Mounted(flag, _ => Assert.Contains(flag, c.SuperOptions().Split(','), StringComparer.Ordinal));

    // A context has commas and colons, and libmount keeps its quotes. Without SELinux the kernel knows no such option.
    private static void Context(OptionCase c, string name)
    {
        string option = $"{name}=\"system_u:object_r:usr_t:s0:c0,c1\"";
        if (Directory.Exists("/sys/fs/selinux") && Directory.EnumerateFileSystemEntries("/sys/fs/selinux").Any())
        {
            c.Mounted(option, _ => Assert.Contains("usr_t", c.SuperOptions(), StringComparison.Ordinal));
        }
        else
        {
            c.Refused(FailedMount.MountFailure, option, c.Directory);
        }
    }
}
