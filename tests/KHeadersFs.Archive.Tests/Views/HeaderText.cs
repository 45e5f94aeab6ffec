using System.Text;

namespace KHeadersFs.Archive.Tests.Views;

/// <summary>Texts that look like headers of the kernel to whoever reads conditionals and words.</summary>
internal static class HeaderText
{
    private static readonly string[] s_atoms =
    [
        "__KERNEL__", "defined(__KERNEL__)", "defined __KERNEL__", "!defined(__KERNEL__)", "__EXPORTED_HEADERS__", "X", "defined(Y)", "0", "1", "0x10", "F(X, 1)",
        "(X)", "(__KERNEL__)", "!X", "defined ( __EXPORTED_HEADERS__ )",
    ];

    private static readonly string[] s_operators = [" && ", " || ", "&&", " == ", " != ", " < ", " >= ", " + "];

    private static readonly string[] s_lines =
    [
        "int x;", "static inline int f(void __user *p, __force int __iomem *q);", "} __packed;", "__packed", "asm volatile (\"\" : : );", "/* c */ a",
        "/* long", " * comment */ b", "// d", "char *s = \"/*\";", "#define A 1", "#define B \\", "#include <linux/compiler.h>", "#include <linux/types.h>",
        "#ifndef _UAPI_X_H", "#endif /* _UAPI_X_H */", "#define\t_UAPI_X", "", "  ", "int g(void) __attribute_const__;", "__attribute_const__", "inline (asm)",
        "#error no", "#undef Q", "#pragma once", "(__user int)",
    ];

    /// <summary>A text of up to 40 lines; its conditionals mostly match.</summary>
    internal static string Make(Random random)
    {
        var text = new StringBuilder();
        string end = random.Next(8) == 0 ? "\r\n" : "\n";
        int depth = 0;
        for (int lines = random.Next(40); lines > 0; lines--)
        {
            string hash = random.Next(6) switch { 0 => "# ", 1 => " #", _ => "#" };
            string rest = random.Next(6) switch { 0 => " /* why */", 1 => " // why", _ => "" };
            switch (random.Next(12))
            {
                case 0 or 1:
                    depth++;
                    text.Append(hash).Append("if ").Append(Condition(random)).Append(rest);
                    break;
                case 2:
                    depth++;
                    text.Append(hash).Append(random.Next(2) == 0 ? "ifdef " : "ifndef ").Append(random.Next(3) switch { 0 => "X", 1 => "__EXPORTED_HEADERS__", _ => "__KERNEL__" }).Append(rest);
                    break;
                case 3 or 4 when depth > 0:
                    text.Append(hash).Append("elif ").Append(Condition(random)).Append(rest);
                    break;
                case 5 when depth > 0:
                    text.Append(hash).Append("else").Append(rest);
                    break;
                case 6 or 7 when depth > 0:
                    depth--;
                    text.Append(hash).Append("endif").Append(rest);
                    break;
                default:
                    text.Append(s_lines[random.Next(s_lines.Length)]);
                    break;
            }

            text.Append(end);
        }

        for (; depth > 0; depth--)
        {
            text.Append("#endif").Append(end);
        }

        return text.ToString();
    }

    private static string Condition(Random random)
    {
        string condition = s_atoms[random.Next(s_atoms.Length)];
        for (int more = random.Next(3); more > 0; more--)
        {
            condition += s_operators[random.Next(s_operators.Length)] + s_atoms[random.Next(s_atoms.Length)];
        }

        return condition;
    }
}
