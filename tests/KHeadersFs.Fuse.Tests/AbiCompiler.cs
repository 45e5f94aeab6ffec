using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace KHeadersFs.Fuse.Tests;

/// <summary>Asks the C compiler of an architecture about the headers of its C library, of the kernel, and of the libraries that are linked in.</summary>
internal static class AbiCompiler
{
    /// <summary>Of the C library and the kernel.</summary>
    private static readonly string[] s_headers =
    [
        "dirent.h", "elf.h", "errno.h", "fcntl.h", "poll.h", "sched.h", "signal.h", "spawn.h", "stddef.h", "stdio.h", "sys/auxv.h", "sys/file.h", "sys/mman.h",
        "sys/mount.h", "sys/prctl.h", "sys/resource.h", "sys/socket.h", "sys/stat.h", "sys/syscall.h", "sys/uio.h", "sys/wait.h", "syslog.h", "unistd.h",
        "linux/audit.h", "linux/capability.h", "linux/filter.h", "linux/landlock.h", "linux/loop.h", "linux/major.h", "linux/openat2.h", "linux/seccomp.h",
    ];

    /// <summary>Of the libraries; zlib is in .NET's own, and only its numbers can be asked for.</summary>
    private static readonly string[] s_libraries = ["lzma.h", "zstd.h", "zstd_errors.h", "openssl/sha.h"];

    private static readonly Lazy<string> s_root = new(RepositoryRoot);

    /// <summary>Compiles; what the compiler says, empty when it is content. Skips the test where there is no compiler or no header.</summary>
    internal static string Complaint(IEnumerable<string> lines, Architecture architecture, bool libraries = false)
    {
        bool isOurs = architecture == RuntimeInformation.ProcessArchitecture;
        string triple = architecture is Architecture.Arm64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
        string rid = architecture is Architecture.Arm64 ? "linux-arm64" : "linux-x64";
        List<string> arguments = ["-D_GNU_SOURCE", "-std=gnu11", "-fsyntax-only", "-Wno-deprecated-declarations", "-x", "c"];
        if (libraries && !isOurs)
        {
            // What the program for that architecture is linked with.
            string headers = Path.Combine(s_root.Value, "out", rid, "sysroot/usr/include");
            if (!File.Exists(Path.Combine(headers, "lzma.h")))
            {
                Assert.Skip($"{headers} has no headers of the libraries for {rid}: RID={rid} scripts/publish.sh fetches them");
            }

            arguments.AddRange(["-idirafter", headers, "-idirafter", Path.Combine(headers, triple)]);
        }

        return Run(isOurs ? "gcc" : $"{triple}-gcc", [.. arguments, "-"], Source(lines, libraries), rid);
    }

    /// <summary>The text of a file of the repository.</summary>
    internal static IEnumerable<(string Name, string Text)> Sources() =>
        Directory.EnumerateFiles(Path.Combine(s_root.Value, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(static path => !path.Split('/').Any(static part => part is "obj" or "bin"))
            .Select(static path => (Path.GetRelativePath(s_root.Value, path), File.ReadAllText(path)));

    private static string Source(IEnumerable<string> lines, bool libraries)
    {
        var source = new StringBuilder();
        foreach (string header in libraries ? [.. s_headers, .. s_libraries] : s_headers)
        {
            source.Append(CultureInfo.InvariantCulture, $"#include <{header}>\n");
        }

        // Alike on every architecture, and a cross-compiler's own may be older.
        source.Append("#include </usr/include/linux/fuse.h>\n#if __has_include(<zlib.h>)\n#include <zlib.h>\n#endif\n");
        return source.AppendJoin('\n', lines).Append('\n').ToString();
    }

    private static string Run(string compiler, IEnumerable<string> arguments, string source, string rid)
    {
        var start = new ProcessStartInfo(compiler, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        try
        {
            using Process process = Process.Start(start)!;
            process.StandardInput.Write(source);
            process.StandardInput.Close();
            string complaint = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : complaint;
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{compiler} is not installed, so the headers for {rid} cannot be asked: scripts/setup.sh test");
            throw;
        }
    }

    private static string RepositoryRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "KHeadersFs.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("the sources are not above the tests");
    }
}
