using KHeadersFs.Interop;

namespace KHeadersFs.Serving;

/// <summary>
/// What is left of root's privileges after -o setuid, to unmount and to remove directories in the end. They are those of a thread, not
/// of a process (capabilities(7)): this one keeps them while the process becomes another user, and does nothing else. Even here
/// they are not effective until they are needed.
/// </summary>
internal sealed unsafe class KeptPrivileges
{
    private const int CAP_DAC_OVERRIDE = 1;
    private const int CAP_FOWNER = 3; // a directory in one like /tmp
    private const int CAP_SYS_ADMIN = 21;
    private const uint Wanted = (1U << CAP_DAC_OVERRIDE) | (1U << CAP_FOWNER) | (1U << CAP_SYS_ADMIN);
    private const uint LINUX_CAPABILITY_VERSION_3 = 0x20080522;

    private readonly object _turn = new();
    private Action? _action; // guarded by _turn: what the thread is to do

    /// <summary>Starts the thread. It keeps what it has through the change of the user, which is to follow.</summary>
    internal KeptPrivileges()
    {
        new Thread(Run, maxStackSize: 256 * 1024) { Name = "unmount", IsBackground = true }.Start();
        Do(static () => _ = LibC.ProcessControl(LibC.PR_SET_KEEPCAPS, 1));
    }

    /// <summary>To be called when the process has become another user.</summary>
    internal void Lower() => Do(() => Set(effective: false));

    /// <summary>Runs <paramref name="action"/> with the privileges and waits for its end.</summary>
    internal void Use(Action action) => Do(() =>
    {
        Set(effective: true);
        action();
        Set(effective: false);
    });

    private static void Set(bool effective)
    {
        var header = new LibC.CapabilityHeader { Version = LINUX_CAPABILITY_VERSION_3 };
        LibC.CapabilityData* data = stackalloc LibC.CapabilityData[2];
        if (LibC.GetCapabilities(&header, data) == 0)
        {
            data[0].Permitted &= Wanted;
            data[0].Effective = effective ? data[0].Permitted : 0;
            data[1] = default;
            _ = LibC.SetCapabilities(&header, data);
        }
    }

    private void Do(Action action)
    {
        lock (_turn)
        {
            _action = action;
            Monitor.PulseAll(_turn);
            while (_action is not null)
            {
                Monitor.Wait(_turn);
            }
        }
    }

    private void Run()
    {
        lock (_turn)
        {
            while (true)
            {
                while (_action is null)
                {
                    Monitor.Wait(_turn);
                }

                _action();
                _action = null;
                Monitor.PulseAll(_turn);
            }
        }
    }
}
