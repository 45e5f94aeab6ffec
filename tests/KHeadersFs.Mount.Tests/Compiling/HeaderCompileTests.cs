using System.Collections.Concurrent;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Each header that BPF programs include compiles by itself to an object for BPF, with exactly what cflags prints, for every kernel and
/// architecture that there is an archive of.
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

    /// <summary>The file names of the archives.</summary>
    public static TheoryData<string> Kernels => [.. Archives.Kernels];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Every_header_makes_an_object_for_BPF(string archive)
    {
        using var mounted = MountedProgram.Detached(Archives.Named(archive), "-o", "release=ignore");
        var line = new BpfLine(mounted.Scratch);
        string flags = Subject.Run(mounted.Scratch, ["cflags", mounted.Root]).Succeeded().Output.TrimEnd('\n');
        var faults = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        mounted.Within(
            () => Parallel.ForEach(
                s_headers,
                new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
                header =>
                {
                    if (FaultOf(line, header, flags) is { } fault)
                    {
                        faults[header] = fault;
                    }
                }),
            Deadline.Of(240));
        Figures.Note($"{archive}: {s_headers.Length - faults.Count} of {s_headers.Length} headers compile");
        Assert.True(faults.IsEmpty, $"{faults.Count} of {s_headers.Length}:\n{string.Join('\n', faults.Select(static fault => $"{fault.Key}: {fault.Value}"))}");
    }

    private static string? FaultOf(BpfLine line, string header, string flags)
    {
        string name = header.Replace('/', '-');
        string source = $$"""
            #include <{{header}}>
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
