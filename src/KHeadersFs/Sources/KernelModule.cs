using System.Diagnostics;

namespace KHeadersFs.Sources;

/// <summary>
/// The module "kheaders" (CONFIG_IKHEADERS=m). It has no alias, so nothing loads it by itself; the kernel's patch meant it to
/// be loaded, used and unloaded by whoever needs it.
/// </summary>
internal static class KernelModule
{
    private const string Name = "kheaders";

    /// <summary>Runs modprobe(8) for the module; null when it worked, else what it said.</summary>
    internal static string? Load() => Modprobe("-q", Name);

    /// <summary>Unloads the module; null when it worked, else what modprobe said.</summary>
    internal static string? Unload() => Modprobe("-r", Name);

    /// <summary>The file of the module below /lib/modules/RELEASE, or null.</summary>
    internal static string? FindFile(string release)
    {
        string directory = $"/lib/modules/{release}/kernel";
        return Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory, Name + ".ko*", SearchOption.AllDirectories).FirstOrDefault()
            : null;
    }

    private static string? Modprobe(params string[] arguments)
    {
        // mount(8) clears PATH, so the kernel's own setting is asked first.
        string[] programs = [ReadLine("/proc/sys/kernel/modprobe"), "/sbin/modprobe", "/usr/sbin/modprobe", "/bin/modprobe"];
        if (Array.Find(programs, File.Exists) is not { } program)
        {
            return "modprobe is not installed";
        }

        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            string said = process.StandardError.ReadToEnd().Trim().ReplaceLineEndings(" ");
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{program} {string.Join(' ', arguments)}: {(said.Length > 0 ? said : "failed")}";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"{program}: {e.Message}";
        }
    }

    private static string ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
