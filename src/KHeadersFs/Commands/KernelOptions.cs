using KHeadersFs.Archive.Store;
using KHeadersFs.Headers;
using KHeadersFs.Serving;

namespace KHeadersFs.Commands;

/// <summary>
/// What people of BPF ask of a kernel's configuration, answered by the headers themselves: kconfig writes every option that is set into
/// autoconf.h (Documentation/kbuild/kconfig.rst).
/// </summary>
internal static class KernelOptions
{
    /// <summary>
    /// The options that bcc's and bpftrace's install documents name (bcc: "Kernel Configuration" of INSTALL, and docs/kernel_config; bpftrace: INSTALL), and those
    /// of this program's own matter.
    /// </summary>
    private static readonly string[] s_names =
    [
        "BPF", "BPF_SYSCALL", "BPF_JIT", "BPF_JIT_ALWAYS_ON", "BPF_UNPRIV_DEFAULT_OFF", "BPF_EVENTS", "BPF_KPROBE_OVERRIDE", "BPF_LSM",
        "BPF_STREAM_PARSER", "CGROUP_BPF", "NET_CLS_BPF", "NET_ACT_BPF", "XDP_SOCKETS",
        "KPROBES", "KPROBE_EVENTS", "UPROBES", "UPROBE_EVENTS", "TRACEPOINTS", "FTRACE_SYSCALLS", "FUNCTION_TRACER", "DYNAMIC_FTRACE", "FPROBE",
        "PERF_EVENTS", "DEBUG_FS", "DEBUG_INFO_BTF", "DEBUG_INFO_BTF_MODULES", "KALLSYMS_ALL", "MODULES", "IKHEADERS", "IKCONFIG",
        "IKCONFIG_PROC", "FUSE_FS",
    ];

    /// <summary>Each with "y", "m" or "n", in order; null when the headers do not tell.</summary>
    internal static IReadOnlyList<KeyValuePair<string, string>>? Of(HeaderStore store)
    {
        if (StoredFile.ReadText(store, HeaderTree.Configuration, LimitedText.MostBytes) is not { } text)
        {
            return null;
        }

        var macros = KernelMacros.OfHeader(text);
        return
        [
            .. s_names.Select(name => KeyValuePair.Create(
                name, macros.IsSet($"CONFIG_{name}_MODULE") ? "m" : macros.IsSet($"CONFIG_{name}") ? "y" : "n")),
        ];
    }
}
