using KHeadersFs.Posix;
using KHeadersFs.Sources;

namespace KHeadersFs.Doctor;

/// <summary>Which tools are here that need headers, and which headers they would take.</summary>
internal static class ClientChecks
{
    private const string Bcc = "bcc";
    private const string Bpftrace = "bpftrace";

    /// <summary>bcc takes those that a variable names, then those at their place, and unpacks the archive to /tmp at last (src/cc/frontends/clang/kbuild_helper.cc).</summary>
    internal static Finding FindBcc(string release, Finding build, Finding archive)
    {
        string? found = ((string[])["/usr/lib/python3/dist-packages", "/usr/local/lib/python3/dist-packages", .. Python("/usr/lib"), .. Python("/usr/lib64")])
            .Select(static directory => $"{directory}/bcc")
            .FirstOrDefault(PosixDirectory.Exists);
        return found is null
            ? Finding.Ok(Bcc, "is not installed")
            : Use(Bcc, found, "BCC_KERNEL_SOURCE", release, build, archive.State is FindingState.Ok
                ? "would unpack the archive to /tmp each time"
                : "finds no headers: programs with #include fail");
    }

    /// <summary>bpftrace takes those that a variable names, or those at their place, and unpacks nothing since 0.21.</summary>
    internal static Finding FindBpftrace(string release, Finding build) => Administrator.FindProgram("bpftrace") is { } found
        ? Use(Bpftrace, found, "BPFTRACE_KERNEL_SOURCE", release, build, "finds no headers: scripts with #include fail")
        : Finding.Ok(Bpftrace, "is not installed");

    private static Finding Use(string check, string found, string variable, string release, Finding build, string otherwise)
    {
        if (ProcessText.Variable(variable) is { Length: > 0 } named)
        {
            return Finding.Ok(check, $"{found} takes {named}, by {variable}");
        }

        // There, or at the first look.
        string place = $"{InstalledModule.Place}/{release}/build";
        return build is { State: FindingState.Ok, Command: null }
            ? Finding.Ok(check, $"{found} takes {place}")
            : Finding.Warning(check, $"{found} {otherwise}", build.Command);
    }

    private static IEnumerable<string> Python(string library) => PosixDirectory.List(library)
        .Where(static name => name.StartsWith("python3.", StringComparison.Ordinal))
        .Select(name => $"{library}/{name}/site-packages");
}
