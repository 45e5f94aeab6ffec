namespace KHeadersFs.Mount.Tests;

/// <summary>
/// The headers that BPF programs include compile to an object for BPF, with exactly what cflags prints, for every kernel and architecture
/// that there is an archive of: all in one source file, and each by itself where that fails, or where KHEADERSFS_EACH_HEADER is set.
/// </summary>
public sealed class HeaderCompileTests
{
    /// <summary>
    /// What the tools of bcc 0.26 and 0.37 and bpftrace 0.17 and 0.27.1 include (Debian's packages), the most used first, but those that their
    /// own kernel cannot read alone (linux/irqdesc.h, linux/slub_def.h), and what the kernel's tracers are made of.
    /// </summary>
    private static readonly string[] s_headers =
    [
        "uapi/linux/ptrace.h", "linux/sched.h", "net/sock.h", "linux/fs.h", "linux/socket.h", "linux/blkdev.h", "linux/dcache.h", "linux/blk-mq.h",
        "net/inet_sock.h", "linux/tcp.h", "uapi/linux/bpf_perf_event.h", "uapi/linux/bpf.h", "net/net_namespace.h", "linux/skbuff.h",
        "linux/nsproxy.h", "linux/oom.h", "linux/bio.h", "net/tcp.h", "linux/pid_namespace.h", "linux/mmzone.h", "linux/if_ether.h",
        "linux/mm.h", "linux/ipv6.h", "linux/ip.h", "linux/interrupt.h", "linux/security.h", "linux/nfs_fs.h", "linux/mount.h", "linux/bpf.h",
        "linux/module.h", "linux/netdevice.h", "linux/ethtool.h", "rdma/rdma_cm.h", "net/af_unix.h", "linux/efi.h",
        "linux/tracepoint.h", "linux/perf_event.h", "linux/kprobes.h", "linux/ftrace.h", "linux/trace_events.h", "linux/cred.h", "linux/cgroup.h",
        "linux/kvm_host.h", "net/netfilter/nf_conntrack.h",
    ];

    private static readonly bool s_each = Environment.GetEnvironmentVariable("KHEADERSFS_EACH_HEADER") is not null;

    /// <summary>The file names of the archives.</summary>
    public static TheoryData<string> Kernels => [.. Archives.Kernels];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Every_header_makes_an_object_for_BPF(string archive)
    {
        using var mounted = MountedProgram.Detached(Archives.Named(archive), "-o", "release=ignore");
        var line = new BpfLine(mounted.Scratch);
        string flags = Subject.Run(mounted.Scratch, ["cflags", mounted.Root]).Succeeded().Output.TrimEnd('\n');
        string[] faults = [];
        mounted.Within(() => faults = Faults(line, flags), Deadline.Of(240));
        Assert.True(faults.Length == 0, string.Join('\n', faults));
    }

    private static string[] Faults(BpfLine line, string flags)
    {
        string? together = Fault(line, "together", s_headers, flags);
        if (together is null && !s_each)
        {
            return [];
        }

        string[] alone =
        [
            .. s_headers.AsParallel().Select(header => (header, fault: Fault(line, header.Replace('/', '-'), [header], flags)))
                .Where(static header => header.fault is not null).Select(static header => $"{header.header}: {header.fault}"),
        ];
        return together is null ? alone : [$"all together: {together}", .. alone];
    }

    private static string? Fault(BpfLine line, string name, string[] headers, string flags)
    {
        string source = $$"""
            {{string.Join('\n', headers.Select(static header => $"#include <{header}>"))}}
            __attribute__((section("socket"), used)) int program(void *context)
            {
                return 0;
            }
            """;
        if (line.Run(name, source, flags) is { ExitCode: not 0 } run)
        {
            return run.Error.Split('\n').FirstOrDefault(static text => text.Contains("error:", StringComparison.Ordinal)) ?? run.Error;
        }

        BpfObject made = line.Result(name);
        return made.Machine == BpfObject.EM_BPF && made.Section("socket").Length > 0 && made.Section(".BTF").Length > 0
            ? null
            : "no program for BPF, or no types, in the object";
    }
}
