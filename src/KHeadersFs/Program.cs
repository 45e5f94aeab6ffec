using System.Text;
using KHeadersFs.Commands;
using KHeadersFs.Decoding;
using KHeadersFs.Doctor;
using KHeadersFs.Keeping;
using KHeadersFs.Logging;
using KHeadersFs.Mounting;
using KHeadersFs.Options;
using KHeadersFs.Posix;
using KHeadersFs.Priming;
using KHeadersFs.Serving;
using KHeadersFs.Sources;
using KHeadersFs.Systemd;
using Microsoft.Win32.SafeHandles;

namespace KHeadersFs;

/// <summary>The program: the only place that prints to stdout and decides the exit code.</summary>
internal static class Program
{
    private const int StandardOutput = 1;

    private static int Main()
    {
        var settings = new MountSettings();
        Log log = Log.ToStandardError();
        try
        {
            string[] words = ProcessText.Arguments(Environment.GetCommandLineArgs());
            switch (words[0])
            {
                case Keeper.Name:
                    Keeper.Run(words);
                    return (int)ExitCode.Success;
                case TreeWalker.Name:
                    TreeWalker.Run();
                    return (int)ExitCode.Success;
            }

            StartMessage? start = StartMessage.Receive();
            if (start is null)
            {
                // What else a caller leaves behind was reset before Main: Native/inherited.c.
                SignalMask.Unblock();
            }

            if (start is { Role: ImageRole.Decoder })
            {
                ArchiveDecoder.Run(start);
                return (int)ExitCode.Success;
            }

            if (start is { Role: ImageRole.Asker })
            {
                Looker.AnswerWhetherAlive(start.Text);
                return (int)ExitCode.Success;
            }

            if (start is { Role: ImageRole.TreeLooker })
            {
                Looker.Answer(() => TreeLook.Answer(start.Text));
                return (int)ExitCode.Success;
            }

            if (start is { Role: ImageRole.ArchiveLooker })
            {
                Looker.Answer(() => ArchiveLooker.Answer(start.Text));
                return (int)ExitCode.Success;
            }

            // A server's arguments have been accepted once already.
            settings.Sloppy = start is not null;
            Mounter.TryParse(start?.Text ?? "")?.ApplyTo(settings);
            if (Generator.IsAskedFor(words[0]))
            {
                log.CopyToKernelLog();
                return (int)new Generator(log).Run(words[1..]);
            }

            switch (CommandLine.Parse(words[0], words[1..], settings))
            {
                case CommandKind.Help:
                    return Print(HelpText.Help());
                case CommandKind.HelpAll:
                    return Print(HelpText.HelpAll());
                case CommandKind.Version:
                    return Print($"kheadersfs {HelpText.Version}\n");
                case CommandKind.ListOptions:
                    return Print(HelpText.OptionList());
                case CommandKind.Unmount:
                    SystemCheck.BeforeUnmount(settings);
                    UnmountCommand.Run(settings.Directory, RootDirectory.Of(settings), log.Warn);
                    return (int)ExitCode.Success;
                case CommandKind.Answer when start is { Role: ImageRole.Looker }:
                    Looker.Answer(() => settings.Command!.Run(settings));
                    return (int)ExitCode.Success;
                case CommandKind.Answer when settings.Command!.Subject is not CommandSubject.Directory:
                    SystemCheck.BeforeUnmount(settings);
                    settings.Source = LoopDevice.FileBehind(settings.Source);
                    return Report(settings.Command.Run(settings), log);
                case CommandKind.Answer:
                    SystemCheck.BeforeUnmount(settings);
                    return Report(LookerProcess.Run(words[1..], settings.Directory is [_, ..] given ? given : settings.Command.UsualPlace?.Invoke() ?? settings.Command.Name), log);
            }

            if (start is null)
            {
                SystemCheck.BeforeMount(settings);
                settings.Source = LoopDevice.FileBehind(settings.Source);
                SystemCheck.WarnOfMemory(log.Warn);
            }

            ServerHandles? handles = start is null ? null : ServerHandles.Parse(start);
            bool mounts = settings is { Remount: false, Fake: false, Namespace: null };
            if (handles is null && mounts && Environment.ProcessId == 1 && !settings.Foreground)
            {
                // The end of process 1 is that of its container, and of the server.
                log.Write(LogLevel.Info, $"{settings.Directory}: stays in the foreground, as with -f: this is process 1");
                settings.Foreground = true;
            }

            bool serves = start is null ? mounts && settings.Foreground : start.Role is ImageRole.Server;
            if (serves)
            {
                return (int)new Server(settings, log).Run(handles);
            }

            log.Verbose = settings.Verbose;
            using var mount = new MountCommand(settings, log, handles);
            mount.Run();
            return (int)ExitCode.Success;
        }
#pragma warning disable CA1031 // The last line of defence: one line instead of a stack trace.
        catch (Exception e)
#pragma warning restore CA1031
        {
            (ExitCode code, string message) = Failure.Of(e);
            return Fail(code, message, log);
        }
    }

    private static int Report(CommandResult result, Log log)
    {
        _ = Print(result.Output);
        return Fail(result.Code, result.Error, log);
    }

    private static int Fail(ExitCode code, string message, Log log)
    {
        if (message.Length > 0)
        {
            log.Write(LogLevel.Error, message);
        }

        return (int)code;
    }

    // Not by way of Console, which brings terminals, encodings and getpwuid(3) into the program.
    private static int Print(string text)
    {
        using var output = new SafeFileHandle(StandardOutput, ownsHandle: false);
        try
        {
            PosixFile.Write(output, Encoding.UTF8.GetBytes(text), "standard output");
        }
        catch (PosixException e) when (e.Errno == PosixException.EPIPE)
        {
            // Whoever reads has read enough.
        }
        catch (PosixException e)
        {
            throw new ProgramException(ExitCode.System, $"{e.Message}; nothing could be printed", e);
        }

        return (int)ExitCode.Success;
    }
}
