using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using KHeadersFs.Fuse.Interop;
using KHeadersFs.Fuse.Wire;

namespace KHeadersFs.Fuse.Tests;

/// <summary>What C# believes about the kernel's structs and constants, as C assertions for gcc to judge.</summary>
internal static class Abi
{
    private const string Namespace = "KHeadersFs.Fuse.Wire";

    private const BindingFlags Anything =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public;

    /// <summary>Structs that are not the kernel's name in PascalCase with the kernel's field names.</summary>
    private static readonly Dictionary<Type, (string Name, string FieldPrefix)> s_libcStructs = new()
    {
        [typeof(LibC.PollFd)] = ("struct pollfd", ""),
        [typeof(LibC.IoVec)] = ("struct iovec", "iov_"),
        [typeof(LibC.MsgHdr)] = ("struct msghdr", "msg_"),
        [typeof(Posix.Interop.LibC.Flock)] = ("struct flock", "l_"),
        [typeof(Posix.Interop.LibC.Ucred)] = ("struct ucred", ""),
        [typeof(Posix.Interop.LibC.Rlimit)] = ("struct rlimit", "rlim_"),
        [typeof(Posix.Interop.LibC.StatXBuffer)] = ("struct statx", "stx_"),
        [typeof(Posix.Interop.LibC.StatXTimestamp)] = ("struct statx_timestamp", "tv_"),
    };

    /// <summary>Fields that came out of reserved ones, and the reserved ones that are left: the minor version of the header that has them.</summary>
    private static readonly Dictionary<(Type Struct, string Field), int> s_fieldsSince = new()
    {
        [(typeof(FuseInitOut), nameof(FuseInitOut.MaxStackDepth))] = 40,
        [(typeof(FuseInitOut), nameof(FuseInitOut.RequestTimeout))] = 43,
        [(typeof(FuseInitOut), nameof(FuseInitOut.Unused))] = 43,
    };

    private static readonly string[] s_headers =
        ["errno.h", "fcntl.h", "poll.h", "signal.h", "spawn.h", "stddef.h", "sys/mman.h", "sys/resource.h", "sys/stat.h", "unistd.h", "sys/mount.h", "sys/socket.h", "sys/uio.h"];

    internal static IEnumerable<Type> WireStructs => typeof(FuseDispatcher).Assembly.GetTypes()
        .Where(type => type is { IsValueType: true, IsEnum: false, IsNested: false, Namespace: Namespace });

    internal static IEnumerable<Type> WireEnums => typeof(FuseDispatcher).Assembly.GetTypes()
        .Where(type => type is { IsEnum: true, Namespace: Namespace });

    internal static IEnumerable<Type> LibCStructs => s_libcStructs.Keys;

    internal static IEnumerable<string> OfStruct(Type type)
    {
        (string name, string prefix) = s_libcStructs.TryGetValue(type, out (string, string) known)
            ? known
            : ("struct " + SnakeCase(type.Name), "");
        yield return Assertion($"sizeof({name}) == {SizeOf(type)}");
        foreach (FieldInfo field in type.GetFields(Anything))
        {
            string member = prefix + SnakeCase(field.Name);
            int since = s_fieldsSince.GetValueOrDefault((type, field.Name));
            yield return Since(since, Assertion($"offsetof({name}, {member}) == {OffsetOf(type, field)}"));
            yield return Since(since, Assertion($"sizeof((({name} *)0)->{member}) == {SizeOf(field.FieldType)}"));
        }
    }

    internal static IEnumerable<string> OfEnum(Type type, Func<string, bool>? isNewer = null)
    {
        foreach (object value in Enum.GetValues(type))
        {
            string name = value.ToString()!;
            if (!(isNewer?.Invoke(name) ?? false) && !string.Equals(name, "None", StringComparison.Ordinal))
            {
                yield return Constant(name, Convert.ToInt64(value, CultureInfo.InvariantCulture));
            }
        }
    }

    internal static IEnumerable<string> OfConstants(Type type, Func<FieldInfo, bool>? where = null) => type
        .GetFields(Anything)
        .Where(field => field.IsLiteral && (where?.Invoke(field) ?? true))
        .Select(field => Constant(field.Name, field.GetRawConstantValue() is ulong value
            ? unchecked((long)value)
            : Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)));

    internal static string Constant(string name, long value) => Assertion($"(long long)({name}) == {value}LL");

    /// <summary>For headers of at least this minor version of the protocol only; 0 is all.</summary>
    private static string Since(int minor, string line) => minor == 0 ? line : $"#if FUSE_KERNEL_MINOR_VERSION >= {minor}\n{line}\n#endif";

    internal static string Assertion(string condition) => $"_Static_assert({condition}, \"{condition}\");";

    /// <summary>Compiles; what gcc says, empty when it is content. Other architectures have a compiler of their own.</summary>
    internal static string Compile(IEnumerable<string> lines, string compiler = "gcc")
    {
        var source = new StringBuilder();
        foreach (string header in s_headers)
        {
            source.Append(CultureInfo.InvariantCulture, $"#include <{header}>\n");
        }

        // Alike on every architecture, and a cross-compiler's own may be older.
        source.Append("#include </usr/include/linux/fuse.h>\n");
        source.AppendJoin('\n', lines).Append('\n');
        var start = new ProcessStartInfo(compiler, ["-D_GNU_SOURCE", "-std=gnu11", "-fsyntax-only", "-x", "c", "-"])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        try
        {
            using Process gcc = Process.Start(start)!;
            gcc.StandardInput.Write(source);
            gcc.StandardInput.Close();
            string complaint = gcc.StandardError.ReadToEnd();
            gcc.WaitForExit();
            return gcc.ExitCode == 0 ? "" : complaint;
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{compiler} is not installed, so the kernel's headers cannot be asked");
            throw;
        }
    }

    /// <summary>The offset that compiled code uses; Marshal.OffsetOf would give that of the marshalled form.</summary>
    internal static long OffsetOf(Type type, FieldInfo field)
    {
        var method = new DynamicMethod("Offset", typeof(long), [typeof(nint)], typeof(Abi).Module, true);
        ILGenerator code = method.GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Ldflda, field);
        code.Emit(OpCodes.Conv_I);
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Sub);
        code.Emit(OpCodes.Conv_I8);
        code.Emit(OpCodes.Ret);
        Assert.Same(type, field.DeclaringType);
        nint memory = Marshal.AllocHGlobal(SizeOf(type)); // ldflda looks whether there is memory
        try
        {
            return method.CreateDelegate<Func<nint, long>>()(memory);
        }
        finally
        {
            Marshal.FreeHGlobal(memory);
        }
    }

    internal static int SizeOf(Type type) => type.IsPointer
        ? nint.Size
        : (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    private static string SnakeCase(string name) => string.Concat(name.Select((letter, index) =>
        (char.IsUpper(letter) && index > 0 ? "_" : "") + char.ToLowerInvariant(letter)));
}
