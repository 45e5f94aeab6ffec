using KHeadersFs.Interop;
using KHeadersFs.Posix;

namespace KHeadersFs.Doctor;

/// <summary>How whoever asks does on this system what the administrator does.</summary>
internal static class Administrator
{
    /// <summary>Each tool that installs packages, with what it calls the kernel's headers and the files of its modules.</summary>
    private static readonly (string Tool, string Install, string Headers, string Modules)[] s_tools =
    [
        ("apt-get", "apt-get install", "linux-headers-$(uname -r)", "linux-modules-extra-$(uname -r)"),
        ("dnf", "dnf install", "kernel-devel-$(uname -r)", "\"/lib/modules/$(uname -r)/*/kheaders.ko*\""),
        ("zypper", "zypper install", "kernel-default-devel", "kernel-default"),
        ("pacman", "pacman -S", "linux-headers", "linux"),
        ("apk", "apk add", "linux-lts-dev", "linux-lts"),
    ];

    /// <summary>Whether root asks.</summary>
    internal static bool IsRoot => LibC.GetEffectiveUserId() == 0;

    /// <summary>A command as whoever asks has to give it.</summary>
    internal static string Sudo(string command) => IsRoot ? command : $"sudo {command}";

    /// <summary>
    /// A command with variables set, for a tool that root has to run. sudo drops the caller's variables (sudoers(5), env_reset), so they come after it; also where root
    /// asks by sudo, for the next command is given in the same shell.
    /// </summary>
    /// <param name="assignments">"NAME=VALUE", with blanks between them.</param>
    /// <param name="command">The tool.</param>
    internal static string SudoWith(string assignments, string command) =>
        $"{(IsRoot && ProcessText.Variable("SUDO_UID") is null ? "" : "sudo ")}env {assignments} {command}";

    /// <summary>The command that installs a package of this name, the same everywhere; null where no tool is known.</summary>
    internal static string? Install(string package) => Tool() is { } tool ? Sudo($"{tool.Install} {package}") : null;

    /// <summary>The command that installs this kernel's headers from a package.</summary>
    internal static string? InstallHeaders() => Tool() is { } tool ? Sudo($"{tool.Install} {tool.Headers}") : null;

    /// <summary>The command that installs the rest of this kernel's modules; <paramref name="release"/> as uname -r says.</summary>
    internal static string? InstallModules(string release) =>
        release.Contains("microsoft", StringComparison.OrdinalIgnoreCase) ? "wsl.exe --update" // WSL#12586
        : Tool() is { } tool ? Sudo($"{tool.Install} {tool.Modules}")
        : null;

    /// <summary>The first file of this name in PATH, and where administrators' programs are; null if there is none.</summary>
    internal static string? FindProgram(string name) => $"{ProcessText.Variable("PATH")}:/usr/sbin:/usr/bin:/sbin:/bin".Split(':')
        .Where(static directory => directory.StartsWith('/'))
        .Select(directory => $"{directory}/{name}")
        .FirstOrDefault(static path => FileStatus.Of(path) is { Kind: FileStatus.Regular });

    private static (string Tool, string Install, string Headers, string Modules)? Tool()
    {
        foreach ((string Tool, string Install, string Headers, string Modules) tool in s_tools)
        {
            if (FindProgram(tool.Tool) is not null)
            {
                return tool;
            }
        }

        return null;
    }
}
