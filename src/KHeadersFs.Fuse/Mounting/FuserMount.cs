using System.Globalization;
using KHeadersFs.Fuse.Interop;
using KHeadersFs.Posix;

namespace KHeadersFs.Fuse;

/// <summary>
/// Mounts without privilege through the set-user-id program fusermount3 of package fuse3, which opens /dev/fuse,
/// mounts it, and sends the descriptor back over a socket (libfuse util/fusermount.c: send_fd).
/// </summary>
public static class FuserMount
{
    /// <summary>strerror(EBUSY): what fusermount3 says of a mount in use. It never leaves the C locale.</summary>
    private const string Busy = "Device or resource busy";

    /// <summary>Names the socket to fusermount3.</summary>
    private const string Variable = "_FUSE_COMMFD";

    private static readonly string[] s_names = ["fusermount3", "fusermount"];

    /// <summary>Mounts.</summary>
    /// <param name="source">What mount(8) and df(1) show as the source.</param>
    /// <param name="directory">A directory that the user may write to.</param>
    /// <param name="type">"fuse." and a name.</param>
    /// <param name="options">allow_other needs user_allow_other in /etc/fuse.conf.</param>
    /// <returns>The mounted device.</returns>
    /// <exception cref="FuseException">fusermount3 is not installed, or what it said.</exception>
    public static FuseDevice Mount(string source, string directory, string type, MountOptions options) =>
        Mount(FindProgram(), source, directory, type, options);

    /// <summary>Unmounts a directory that this user has mounted.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="lazy">Detach now, and serve until the last user has gone.</param>
    /// <exception cref="FuseException">EBUSY: in use. fusermount3 is not installed, or what it said.</exception>
    public static void Unmount(string directory, bool lazy) => Unmount(FindProgram(), directory, lazy);

    internal static FuseDevice Mount(
        string program, string source, string directory, string type, MountOptions options)
    {
        using DescriptorSocket socket = DescriptorSocket.Create();
        string number = $"{Variable}={ChildProcess.FirstHanded.ToString(CultureInfo.InvariantCulture)}";
        IEnumerable<string> variables = ProcessText.Variables.Where(static v => !v.StartsWith(Variable + "=", StringComparison.Ordinal)).Append(number);
        string[] arguments = ["-o", options.ForFuserMount(source, type), "--", directory];
        using RunningProcess process = RunningProcess.TryStart(program, arguments, variables, socket.ChildEnd!) ?? throw NotStarted(program);
        socket.CloseChildEnd();
        int[]? received = socket.Receive();
        int code = process.Finish(out string complaint);
        if (received is [int descriptor])
        {
            FuseDevice device = FuseDevice.FromDescriptor(descriptor);
            if (code == 0)
            {
                return device;
            }

            device.Dispose();
        }

        throw code < 0 ? NotStarted(program) : Failed("mount on", directory, program, complaint);
    }

    internal static void Unmount(string program, string directory, bool lazy)
    {
        string[] arguments = lazy ? ["-u", "-z", "--", directory] : ["-u", "--", directory];
        int code = ChildProcess.Run(program, arguments, out string complaint);
        if (code < 0)
        {
            throw NotStarted(program);
        }

        if (code != 0)
        {
            throw complaint.Contains(Busy, StringComparison.Ordinal)
                ? FuseMount.UnmountFailed(directory, Errno.EBUSY)
                : Failed("unmount", directory, program, complaint);
        }
    }

    /// <summary>Looks in PATH first, then where distributions put it: mount(8) clears PATH.</summary>
    internal static string FindProgram(string? path = null)
    {
        path ??= ProcessText.Variable("PATH") + ":/usr/bin:/bin";
        foreach (string name in s_names)
        {
            foreach (string directory in path.Split(':', StringSplitOptions.RemoveEmptyEntries))
            {
                string candidate = Path.Combine(directory, name);
                if (PosixFile.Exists(candidate))
                {
                    return candidate;
                }
            }
        }

        throw new FuseException(
            "find", s_names[0], Errno.None, "install the package fuse3 to mount as an ordinary user, or run as root");
    }

    private static FuseException NotStarted(string program) => new("run", program, FuseDevice.LastErrno(), string.Empty);

    private static FuseException Failed(string operation, string directory, string program, string complaint) =>
        new(
            operation,
            directory,
            Errno.None,
            (complaint.Length == 0 ? $"{program} failed without a message" : complaint)
                + (LibC.ProcessControl(LibC.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1
                    ? "; whoever has started this process has taken the right to do it from fusermount3 (no_new_privs): do it without, or as root"
                    : "; use a directory of your own, or do it as root"));
}
