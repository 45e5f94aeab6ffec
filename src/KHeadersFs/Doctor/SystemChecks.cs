using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Doctor;

/// <summary>What mounting needs of the system.</summary>
internal static class SystemChecks
{
    private const string Device = "/dev/fuse";
    private const string Mounter = "fusermount3";
    private const string Others = "allow_other";
    private const string Helper = "mount -t";
    private const string Limits = "limits";

    /// <summary>S_ISUID of linux/stat.h.</summary>
    private const uint SetUserId = 0x800;

    /// <summary>O_RDWR of asm-generic/fcntl.h.</summary>
    private const int ReadWrite = 2;

    /// <summary>Whether the device can be opened.</summary>
    internal static Finding FindDevice()
    {
        if (FileStatus.Of(Device) is not { } status)
        {
            var reason = new PosixException(Device);
            return reason.Errno is not (PosixException.ENOENT or PosixException.ENOTDIR)
                ? Finding.Problem(Device, $"cannot be looked at ({reason.Reason})", Administrator.Sudo("kheadersfs doctor"))
                : Finding.Problem(Device, "is missing (a container needs --device /dev/fuse)", Administrator.Sudo("modprobe fuse"));
        }

        if (status.Kind is not FileStatus.CharacterDevice)
        {
            return Finding.Problem(Device, $"is {status.Description}", Administrator.Sudo($"rm -r {Device} && mknod -m 666 {Device} c 10 229"));
        }

        using SafeFileHandle? device = PosixFile.TryOpen(Device, ReadWrite);
        if (device is not null)
        {
            return Finding.Ok(Device, "can be opened");
        }

        var failure = new PosixException(Device);
        return failure.Errno == PosixException.EACCES
            ? Finding.Problem(Device, "may not be opened by this user", Administrator.Sudo($"chmod 666 {Device}"))
            : Finding.Problem(Device, $"cannot be opened ({failure.Reason})", Administrator.Sudo("modprobe fuse"));
    }

    /// <summary>The program that mounts for ordinary users.</summary>
    internal static Finding FindMounter()
    {
        string? program = Administrator.FindProgram("fusermount3") ?? Administrator.FindProgram("fusermount");
        if (program is null)
        {
            return Administrator.IsRoot
                ? Finding.Warning(Mounter, "is missing: root alone can mount", Administrator.Install("fuse3"))
                : Finding.Problem(Mounter, "is missing: without it root alone can mount", Administrator.Install("fuse3"));
        }

        if (FileStatus.Of(program) is { } status && ((status.Mode & SetUserId) == 0 || status.UserId != 0))
        {
            string text = $"{program} is not set-user-ID root: ordinary users cannot mount";
            string command = Administrator.Sudo($"sh -c 'chown root {program} && chmod u+s {program}'");
            return Administrator.IsRoot ? Finding.Warning(Mounter, text, command) : Finding.Problem(Mounter, text, command);
        }

        return Finding.Ok(Mounter, program);
    }

    /// <summary>Whether ordinary users may let others in.</summary>
    internal static Finding FindPermission() => Permission.OthersAreAllowed
        ? Finding.Ok(Others, "ordinary users may let others into their mounts")
        : Administrator.IsRoot
            ? Finding.Ok(Others, "root's mounts are for everybody, ordinary users' for themselves")
            : Finding.Warning(
                Others, "your mounts are for yourself alone", $"echo {Permission.Line} | {Administrator.Sudo($"tee -a {Permission.FuseConf}")}");

    /// <summary>Whether mount(8) finds the program: it looks for helpers in /sbin, and in PATH for what fuse3's helper starts.</summary>
    internal static Finding FindHelper()
    {
        string name = $"mount.{MountCommand.FileSystemType}";
        return Array.Find([$"/sbin/{name}", $"/usr/sbin/{name}"], PosixFile.Exists) is { } helper
            ? Finding.Ok(Helper, helper)
            : Finding.Warning(
                Helper,
                $"/sbin/{name} is missing: mount and fstab do not find the program",
                Administrator.Sudo($"ln -s {PosixFile.ReadLink(ProgramImage.Path)} /sbin/{name}"));
    }

    /// <summary>What this process, and whom it starts, may have.</summary>
    internal static Finding FindLimits()
    {
        ulong files = ResourceLimit.OpenFiles;
        if (files < SystemCheck.LeastDescriptors)
        {
            return Finding.Problem(Limits, $"{files} open files are allowed, and a mount needs {SystemCheck.LeastDescriptors}", "ulimit -n 1024");
        }

        return CGroupMemory.Limit is < SystemCheck.LeastMemory and long memory
            ? Finding.Problem(
                Limits,
                $"{memory >> 20} MiB of memory are allowed here, and a mount takes up to {SystemCheck.LeastMemory >> 20}",
                "docker run -m 64m ...")
            : Finding.Ok(Limits, "memory and open files are enough");
    }
}
