using System.Diagnostics;
using System.Runtime.InteropServices;
using KHeadersFs.Interop;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;

namespace KHeadersFs.Sources;

/// <summary>
/// The module "kheaders" (CONFIG_IKHEADERS=m) for the time of one mount. It has no alias, so nothing loads it by itself; the kernel's
/// patch meant it to be loaded, used and unloaded by whoever needs it.
/// </summary>
/// <remarks>
/// Whoever ends last unloads it, if <see cref="ModuleMark"/> says that this program has loaded it: also what a mount left that was killed.
/// A mount holds <see cref="RunLocks.Module"/> meanwhile, whatever its archive is. Only root loads modules, so others do nothing here.
/// </remarks>
/// <param name="keep">The module stays, and is the user's from now on.</param>
/// <param name="warn">Takes a line when the module cannot be unloaded.</param>
internal sealed class KernelModule(bool keep, Action<string> warn) : IDisposable
{
    private const string Name = "kheaders";
    private const int PollMilliseconds = 10;

    /// <summary>How long somebody may take to unload the module before this mount goes on without regard to it.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly RunLocks? _locks = LibC.GetEffectiveUserId() == 0 ? RunLocks.Ours : null;
    private bool _loaded; // guarded by _gate
    private bool _ended; // guarded by _gate

    /// <summary>From now on nobody unloads the module.</summary>
    internal void Begin()
    {
        long started = Stopwatch.GetTimestamp();
        while (_locks?.TryTake(RunLocks.Module, out _, shared: true) is false && Stopwatch.GetElapsedTime(started) < s_patience)
        {
            Thread.Sleep(PollMilliseconds);
        }
    }

    /// <summary>Runs modprobe(8) for the module, which is not there; null when it worked, else what it said.</summary>
    internal string? Load()
    {
        lock (_gate)
        {
            if (_ended)
            {
                return "interrupted";
            }

            bool isMarked = _locks is not null && !keep;
            if (isMarked)
            {
                ModuleMark.Set();
            }

            // A signal that ends modprobe may come when the kernel has the module already.
            string? complaint = Modprobe("-q", Name);
            _loaded = complaint is null || KernelArchive.IsThere;
            if (isMarked && !_loaded)
            {
                ModuleMark.Clear();
            }

            return complaint;
        }
    }

    /// <summary>Unloads the module if this program has loaded it and no other mount needs it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            _locks?.Release(RunLocks.Module);
            if (_locks?.TryTake(RunLocks.Module, out _) is not false)
            {
                End();
                _locks?.Release(RunLocks.Module);
            }
        }
    }

    /// <summary>Nobody else needs it now.</summary>
    private void End()
    {
        bool isOurs = _locks is null ? _loaded : _loaded || ModuleMark.IsSet;
        if (!isOurs)
        {
            return;
        }

        if (!keep && KernelArchive.IsThere && Modprobe("-r", Name) is { } complaint)
        {
            warn($"the module kheaders stays loaded: {complaint}");
            return;
        }

        ModuleMark.Clear();
    }

    private static string? Modprobe(params string[] arguments)
    {
        // mount(8) clears PATH, so the kernel's own setting is asked first.
        string[] programs = [ReadLine("/proc/sys/kernel/modprobe"), "/sbin/modprobe", "/usr/sbin/modprobe", "/bin/modprobe"];
        if (Array.Find(programs, PosixFile.Exists) is not { } program)
        {
            return "modprobe is not installed";
        }

        int code = ChildProcess.Run(program, arguments, out string said);
        return code switch
        {
            0 => null,
            < 0 => $"{program}: {Marshal.GetLastPInvokeErrorMessage()}",
            _ => $"{program} {string.Join(' ', arguments)}: {(said.Length > 0 ? said : "failed")}",
        };
    }

    private static string ReadLine(string path)
    {
        try
        {
            return PosixFile.ReadText(path).Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }
}
