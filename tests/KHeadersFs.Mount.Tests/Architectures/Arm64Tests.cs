using System.Buffers.Binary;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// The program for arm64 on another machine, its system calls translated by qemu. The program starts itself anew, so the kernel has to
/// know qemu: in a user namespace with a binfmt_misc of its own (Linux 6.7), which changes nothing of the machine.
/// </summary>
public sealed class Arm64Tests : IDisposable
{
    private const ushort EM_AARCH64 = 183;

    // binfmt_misc.rst: the first bytes of a 64-bit program for arm64, and which bits of them count. F: qemu is opened here and not later.
    private const string Register = """
        set -e
        mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
        printf '%s' ':arm64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:'"$QEMU"':OCF' \
          >/proc/sys/fs/binfmt_misc/register

        """;

    private const string List = """
        { find . -type d -printf '%P/ %T@\n' -o -printf '%P %y %s %T@ %l\n'; find . -type f -exec sha256sum {} +; } | LC_ALL=C sort

        """;

    private const string Serve = Register + """
        "$1" -o release=ignore "$2" "$3"
        cd "$3"
        find . -type d ! -perm 755 -o -type f ! -perm 444 ! -perm 555

        """ + List + """
        cd /
        "$1" -u "$3"
        ! mountpoint -q "$3"
        """;

    // Debian 13 and later have the static one, of package qemu-user, by the shorter name.
    private static readonly string? s_qemu =
        new[] { "/usr/bin/qemu-aarch64-static", "/usr/bin/qemu-aarch64" }.FirstOrDefault(File.Exists);

    private static readonly string[] s_unshare =
        ["env", $"QEMU={s_qemu}", "unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c"];

    private static readonly string s_program =
        Environment.GetEnvironmentVariable("KHEADERSFS_ARM64_PROGRAM") ?? Path.Combine(Subject.RepositoryRoot(), "out", "linux-arm64", "kheadersfs");

    // What is emulated takes ten times as long: all of a kernel's headers are the business of make vm-test.
    private static readonly string s_archive = Archives.Named(Archives.Part);

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void It_serves_the_whole_tree()
    {
        Subject.RequireMounts();
        TestRun.SkipUnless(File.Exists(s_program), $"{s_program} does not exist: make RID=linux-arm64 builds it");
        TestRun.SkipUnless(s_qemu is not null, "qemu-aarch64 (package qemu-user-static or qemu-user) is not installed");
        ProcessRun probe = ProcessRun.Of([.. s_unshare, Register]);
        TestRun.SkipUnless(probe.ExitCode == 0, $"no binfmt_misc in a user namespace, which Linux 6.7 has: {probe.Error.Trim()}");

        byte[] head = new byte[20];
        using (FileStream file = File.OpenRead(s_program))
        {
            file.ReadExactly(head);
        }

        Assert.Equal(EM_AARCH64, BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(18)));
        string reference = ReferenceTree.Of(s_archive).Tree.Root;
        string expected = ProcessRun.Shell("cd \"$1\"\n" + List, reference).Succeeded().Output;
        ProcessRun run = ProcessRun.Of([.. s_unshare, Serve, "sh", s_program, s_archive, _scratch.MountPoint], _scratch.Work).Succeeded();
        TestRun.Mounted();
        Assert.Equal(expected, run.Output);
        Assert.Empty(_scratch.FilesLeft());
    }
}
