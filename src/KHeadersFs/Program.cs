using KHeadersFs.Fuse;
using KHeadersFs.Logging;
using KHeadersFs.Mounting;
using KHeadersFs.Options;
using KHeadersFs.Priming;
using KHeadersFs.Serving;

namespace KHeadersFs;

/// <summary>The program: the only place that prints to stdout and decides the exit code.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        var settings = new MountSettings();
        Log log = Log.ToStandardError();
        try
        {
            if (WalkerHandles.FromEnvironment() is { } walker)
            {
                TreeWalker.Run(walker);
                return (int)ExitCode.Success;
            }

            // A server's arguments have been accepted once already.
            ServerHandles? handles = ServerHandles.FromEnvironment();
            settings.Sloppy = handles is not null;
            switch (CommandLine.Parse(Environment.GetCommandLineArgs()[0], arguments, settings))
            {
                case CommandKind.Help:
                    Console.Out.Write(HelpText.Help());
                    return (int)ExitCode.Success;
                case CommandKind.Version:
                    Console.Out.WriteLine($"kheadersfs {HelpText.Version}");
                    return (int)ExitCode.Success;
                case CommandKind.ListOptions:
                    Console.Out.Write(HelpText.OptionList());
                    return (int)ExitCode.Success;
                case CommandKind.Unmount:
                    UnmountCommand.Run(settings.Directory);
                    return (int)ExitCode.Success;
            }

            if (handles is not null)
            {
                log = settings.Foreground ? log : Log.ToSystemLog();
                return (int)new Server(settings, log).Run(handles);
            }

            using (InheritedMount? inherited = settings.Foreground ? InheritedMount.FromServiceManager(settings, log) : null)
            {
                if (inherited is not null)
                {
                    return (int)new Server(settings, log).Resume(inherited);
                }
            }

            log.Verbose = settings.Verbose;
            using var mount = new MountCommand(settings, log);
            mount.Run();
            return (int)ExitCode.Success;
        }
        catch (ProgramException e)
        {
            log.Write(LogLevel.Error, e.Message);
            return (int)e.Code;
        }
        catch (FuseException e)
        {
            log.Write(LogLevel.Error, e.Message);
            return (int)ExitCode.System;
        }
#pragma warning disable CA1031 // The last line of defence: one line instead of a stack trace.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.Write(LogLevel.Error, $"internal error, please report it: {e.GetType().Name}: {e.Message}{Where(e)}");
            return (int)ExitCode.Bug;
        }
    }

    private static string Where(Exception e) =>
        e.StackTrace?.Split('\n', 2)[0].Trim() is { Length: > 0 } frame ? $" ({frame})" : "";
}
