using KHeadersFs.Fuse;

namespace KHeadersFs;

/// <summary>How a failure is told: by an exit code and one line.</summary>
internal static class Failure
{
    /// <summary>The code, and the line without the program's name; empty where somebody else has said it.</summary>
    internal static (ExitCode Code, string Message) Of(Exception exception) => exception switch
    {
        ProgramException told => (told.Code, told.Message),
        FuseException => (ExitCode.System, exception.Message),
        _ when Shortage.Of(exception) is { } shortage => (ExitCode.System, shortage),
        _ => (ExitCode.Bug, $"internal error, please report it: {exception.GetType().Name}: {exception.Message}{Where(exception)}"),
    };

    private static string Where(Exception exception) =>
        exception.StackTrace?.Split('\n', 2)[0].Trim() is { Length: > 0 } frame ? $" ({frame})" : "";
}
