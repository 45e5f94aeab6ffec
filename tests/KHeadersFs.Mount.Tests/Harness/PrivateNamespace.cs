using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// Runs the whole test process in a mount namespace and a PID namespace of its own. No mount reaches the machine, every
/// server dies with the tests even when they are killed, "no process is left" can be read from /proc, and a server whose
/// parent has ended becomes our child, so that its exit status can be asked for.
/// </summary>
internal static class PrivateNamespace
{
    private const string Marker = "KHEADERSFS_TESTS_IN_NAMESPACE";

    private static readonly string[] Unshare =
    [
        "unshare", .. Syscall.geteuid() == 0 ? Array.Empty<string>() : ["--map-root-user"],
        "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc",
    ];

    /// <summary>Why this process could not enter namespaces of its own; null when it is in them.</summary>
    internal static string? Obstacle { get; private set; }

    /// <summary>Starts this process again inside the namespaces, before Main has run: exec, so the process id stays.</summary>
    [ModuleInitializer]
    internal static void Enter()
    {
        if (Environment.GetEnvironmentVariable(Marker) is not null)
        {
            _ = Native.prctl(Native.PR_SET_CHILD_SUBREAPER, 1);
            ForgetForeignMounts();

            // Nor are the records of its mounts.
            _ = Native.mount("tests", "/run", "tmpfs", Native.MS_NOSUID, "mode=755");
            return;
        }

        Obstacle = Probe();
        if (Obstacle is not null)
        {
            return;
        }

        string program = new FileInfo("/proc/self/exe").ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        string[] arguments = File.ReadAllText("/proc/self/cmdline").TrimEnd('\0').Split('\0');

        // .NET ignores SIGPIPE and an ignored signal stays ignored across exec: the children must not inherit that.
        // Mono hands the array over as it is: the null that ends argv is ours to add.
        // A shell is process 1, because .NET reaps every child when it is process 1 itself, and their exit codes are lost.
        string[] init = ["sh", "-c", "\"$@\"; exit $?", "sh"];
        string?[] command =
        [
            .. Unshare, .. init, "env", "--default-signal=PIPE", $"{Marker}=1", program, .. arguments.Skip(1), null,
        ];
        _ = Syscall.execvp(Unshare[0], command!);
        Obstacle = $"exec of unshare failed: {Stdlib.GetLastError()}";
    }

    /// <summary>
    /// What the machine had mounted came along: it is not ours to judge, and a copy of it here would keep its server alive.
    /// </summary>
    private static void ForgetForeignMounts()
    {
        foreach (MountEntry mount in MountTable.Read().Where(static m => m.Type is "fuse.kheadersfs"))
        {
            _ = Native.umount2(mount.Directory, Native.MNT_DETACH);
        }
    }

    private static string? Probe()
    {
        try
        {
            using Process probe = Process.Start(new ProcessStartInfo(Unshare[0], [.. Unshare.Skip(1), "true"])
            {
                UseShellExecute = false,
                RedirectStandardError = true,
            })!;
            string error = probe.StandardError.ReadToEnd();
            probe.WaitForExit();
            return probe.ExitCode == 0 ? null : $"no private mount namespace: {error.Trim()}";
        }
        catch (Win32Exception failure)
        {
            return $"unshare (package util-linux) cannot be run: {failure.Message}";
        }
    }
}
