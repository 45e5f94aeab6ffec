namespace KHeadersFs.Mount.Tests;

/// <summary>A small archive that says it is the running kernel's: it can be mounted without a word.</summary>
internal static class FittingArchive
{
    internal static string RunningRelease { get; } = File.ReadAllText("/proc/sys/kernel/osrelease").Trim();

    internal static string Save(Scratch scratch) => Of(RunningRelease).Save(scratch);

    internal static HandMadeArchive Of(string release) => new HandMadeArchive()
        .File("include/generated/utsrelease.h", $"#define UTS_RELEASE \"{release}\"\n")
        .File("include/linux/version.h", "#define LINUX_VERSION_CODE 1\n");
}
