using System.Globalization;
using System.Runtime.InteropServices;
using KHeadersFs.Fuse;
using KHeadersFs.Interop;
using KHeadersFs.Logging;
using KHeadersFs.Mounting;
using KHeadersFs.Posix;
using KHeadersFs.Records;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs.Keeping;

/// <summary>
/// The process that keeps the right to unmount, so that the server, which reads what others send it, needs no right at all. It is told one
/// byte (<see cref="KeeperOrder"/>), knows by its arguments what that is about (<see cref="MountRemains"/>), and never sees a byte of an archive or
/// of a request. Until there is an order it waits in Native/park.c, before the runtime has started, and after each but the last it executes
/// itself to wait there again. It ends when the server has ended.
/// </summary>
internal static unsafe class Keeper
{
    /// <summary>Its argv[0], and the name that the kernel has for it. Native/park.c has it, too.</summary>
    internal const string Name = "kheadersfs-keep";

    /// <summary>The number of the socket that orders come over.</summary>
    internal const int Orders = ChildProcess.FirstHanded;

    /// <summary>The number of the mount's record.</summary>
    internal const int Record = Orders + 1;

    /// <summary>Its command line.</summary>
    /// <param name="rights">The capabilities that it keeps, as bits of their numbers.</param>
    /// <param name="remains">What it is to take away in the end.</param>
    internal static string[] Words(ulong rights, MountRemains remains) => Words(rights.ToString("x", CultureInfo.InvariantCulture), remains);

    /// <summary>Carries out the order that is there. Returns at the end of the mount.</summary>
    /// <param name="words">Its command line.</param>
    internal static void Run(IReadOnlyList<string> words)
    {
        using var socket = new SafeFileHandle(Orders, ownsHandle: false);
        KeeperOrder order;
        if (PosixSocket.PeerUser(socket) is null || LibC.Receive(socket, &order, 1, 0) != 1)
        {
            return;
        }

        MountRemains remains = MountRemains.Parse(words);
        MountRecord? record = remains.Record.Length > 0 ? new MountRecord(new SafeFileHandle(Record, ownsHandle: false), remains.Record) : null;
        var keeper = new MountKeeper(remains, record);
        if (order is KeeperOrder.OpenLog)
        {
            OpenLog(socket, remains.LogFile);
        }
        else
        {
            _ = DescriptorSocket.SendTo(socket, [], keeper.Do(order).ToBytes());
        }

        if (order is not (KeeperOrder.End or KeeperOrder.EndDead))
        {
            WaitAgain(Words(words[1], keeper.Remains));
        }
    }

    private static void OpenLog(SafeFileHandle socket, string path)
    {
        try
        {
            using SafeFileHandle? file = LogFile.Open(path)?.File;
            _ = DescriptorSocket.SendTo(socket, [], KeeperAnswer.Nothing.ToBytes(), file is null ? [] : [(int)file.DangerousGetHandle()]);
        }
        catch (ProgramException e)
        {
            _ = DescriptorSocket.SendTo(socket, [], new KeeperAnswer([], [e.Message]).ToBytes());
        }
    }

    private static string[] Words(string rights, MountRemains remains) => [Name, rights, .. remains.ToWords()];

    /// <summary>Signals stay blocked, and the descriptors open.</summary>
    private static void WaitAgain(string[] words)
    {
        using var argv = new NativeStrings(words);
        using var envp = new NativeStrings([]);
        _ = LibC.Execute(ProgramImage.Path, argv.Pointer, envp.Pointer);
        throw new ProgramException(ExitCode.System, $"{ProgramImage.Path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
