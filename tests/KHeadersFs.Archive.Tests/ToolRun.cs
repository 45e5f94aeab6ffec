using System.Diagnostics;
using System.Globalization;

namespace KHeadersFs.Archive.Tests;

/// <summary>Runs a tool to its end and gives what it prints.</summary>
internal static class ToolRun
{
    /// <summary>It only guards against hanging: longer on a slower or busy machine, as scripts/limits.sh has measured.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(
        2 * (int.TryParse(Environment.GetEnvironmentVariable("KHEADERSFS_SLOWNESS"), CultureInfo.InvariantCulture, out int times) ? times : 1));

    /// <summary>Fails with all that the tool said on standard error unless it ends with 0.</summary>
    internal static byte[] Of(string tool, string[] arguments, byte[]? input = null)
    {
        byte[] output = Of(tool, arguments, input, out int code, out string error);
        Assert.True(code == 0, $"{tool} ended with {code}: {error}");
        return output;
    }

    internal static byte[] Of(string tool, string[] arguments, byte[]? input, out int code, out string error)
    {
        using Process process = Process.Start(new ProcessStartInfo(tool, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C.UTF-8", ["TZ"] = "UTC" },
        })!;
        var output = new MemoryStream();
        var outputReader = new Thread(() => process.StandardOutput.BaseStream.CopyTo(output));
        string said = "";
        var errorReader = new Thread(() => said = process.StandardError.ReadToEnd());
        outputReader.Start();
        errorReader.Start();
        process.StandardInput.BaseStream.Write(input ?? []);
        process.StandardInput.Close();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{tool} still runs after {Limit.TotalSeconds} s");
        }

        outputReader.Join();
        errorReader.Join();
        (code, error) = (process.ExitCode, said);
        return output.ToArray();
    }
}
