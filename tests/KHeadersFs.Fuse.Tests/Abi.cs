using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KHeadersFs.Fuse.Wire;

namespace KHeadersFs.Fuse.Tests;

/// <summary>What C# believes about structs and constants of C, as C assertions for a compiler to judge (<see cref="AbiCompiler"/>).</summary>
internal static class Abi
{
    internal const string WireNamespace = "KHeadersFs.Fuse.Wire";

    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    /// <summary>All that the program is made of, but for what the compiler makes by itself.</summary>
    internal static IReadOnlyList<Type> Types { get; } =
    [
        .. new[] { typeof(FuseDispatcher), typeof(Posix.PosixFile), typeof(Archive.ArchiveException), typeof(Options.MountSettings) }
            .SelectMany(static type => type.Assembly.GetTypes())
            .Where(static type => type.Namespace?.StartsWith("KHeadersFs", StringComparison.Ordinal) is true && !type.Name.Contains('<', StringComparison.Ordinal)),
    ];

    internal static IEnumerable<Type> WireStructs => Types.Where(static type => type is { IsValueType: true, IsEnum: false, IsNested: false, Namespace: WireNamespace });

    /// <summary>Fields that came out of reserved ones, and the reserved ones that are left: the minor version of the header that has them.</summary>
    private static readonly Dictionary<(Type Struct, string Field), int> s_fieldsSince = new()
    {
        [(typeof(FuseOpenOut), nameof(FuseOpenOut.BackingId))] = 40,
        [(typeof(FuseInitOut), nameof(FuseInitOut.MaxStackDepth))] = 40,
        [(typeof(FuseInitOut), nameof(FuseInitOut.RequestTimeout))] = 43,
        [(typeof(FuseInitOut), nameof(FuseInitOut.Unused))] = 43,
    };

    internal static IEnumerable<Type> WireEnums => Types.Where(static type => type is { IsEnum: true, Namespace: WireNamespace });

    /// <summary>Structs and enums that stand beside native calls, and those of the sandbox.</summary>
    internal static IEnumerable<Type> NativeTypes => Types.Where(static type => type.IsValueType
        && (type.Namespace!.EndsWith(".Interop", StringComparison.Ordinal) || (type.IsNested && type.Namespace.EndsWith(".Sandbox", StringComparison.Ordinal))));

    internal static IEnumerable<string> OfStruct(Type type)
    {
        AbiStruct known = AbiStruct.All.GetValueOrDefault(type) ?? new AbiStruct("struct " + SnakeCase(type.Name));
        if (!known.IsPart)
        {
            yield return Assertion($"sizeof({known.Name}) == {SizeOf(type)}");
        }

        foreach (FieldInfo field in type.GetFields(Fields))
        {
            string member = known.MemberOf(field.Name);
            if (member.StartsWith('='))
            {
                yield return Assertion($"{member[1..]} == {OffsetOf(type, field)}");
                continue;
            }

            int since = s_fieldsSince.GetValueOrDefault((type, field.Name));
            yield return Since(since, Assertion($"offsetof({known.Name}, {member}) == {OffsetOf(type, field)}"));
            yield return Since(since, Assertion($"sizeof((({known.Name} *)0)->{member}) == {SizeOf(field.FieldType)}"));
        }
    }

    internal static IEnumerable<string> OfEnum(Type type, Func<string, bool>? isNewer = null, Func<string, string>? nameOf = null)
    {
        foreach (object value in Enum.GetValues(type))
        {
            string name = value.ToString()!;
            if (!(isNewer?.Invoke(name) ?? false) && !string.Equals(name, "None", StringComparison.Ordinal))
            {
                yield return Constant(nameOf?.Invoke(name) ?? name, Convert.ToInt64(value, CultureInfo.InvariantCulture));
            }
        }
    }

    internal static IEnumerable<string> OfConstants(Type type, Func<FieldInfo, bool>? where = null) => type
        .GetFields(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
        .Where(field => field.IsLiteral && (where?.Invoke(field) ?? true))
        .Select(static field => OfConstant(field, field.Name));

    internal static string OfConstant(FieldInfo field, string expression) => Constant(expression, field.GetRawConstantValue() switch
    {
        ulong value => unchecked((long)value),
        nint value => value,
        nuint value => unchecked((long)value),
        var value => Convert.ToInt64(value, CultureInfo.InvariantCulture),
    });

    internal static string Constant(string expression, long value) => Assertion($"(long long)({expression}) == {(value == long.MinValue ? "(-9223372036854775807LL - 1)" : $"{value}LL")}");

    /// <summary>For headers of at least this minor version of the protocol only; 0 is all.</summary>
    private static string Since(int minor, string line) => minor == 0 ? line : $"#if FUSE_KERNEL_MINOR_VERSION >= {minor}\n{line}\n#endif";

    internal static string Assertion(string condition) => $"_Static_assert({condition}, \"{condition}\");";

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

    internal static int SizeOf(Type type) => type.IsPointer || type.IsFunctionPointer
        ? nint.Size
        : (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    internal static string SnakeCase(string name) => string.Concat(name.Select((letter, index) =>
        (char.IsUpper(letter) && index > 0 ? "_" : "") + char.ToLowerInvariant(letter)));
}
