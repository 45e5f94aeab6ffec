using System.Text;
using KHeadersFs.Archive.Views;

namespace KHeadersFs.Fuzz;

/// <summary>Headers that -o uapi changes: any bytes, and pieces of conditionals and comments in any order.</summary>
internal sealed class HeaderTarget : Target
{
    private static readonly string[] s_pieces =
    [
        "#if ", "#ifdef ", "#ifndef ", "#elif ", "#else", "#endif", "__KERNEL__", "__EXPORTED_HEADERS__", "defined(", ")", "(", "!", "&&", "||", "==", "1", "0x",
        "/*", "*/", "//", "\"", "'", "\\", "\\\n", "\n", "\r\n", " ", "__user", "__packed", "inline", "asm", "_UAPI", "#define ", "X", "\t", "\0",
    ];

    internal override string Name => "header";

    internal override IEnumerable<byte[]> Seeds() => Enumerable.Range(0, 20).Select(static i => Make(new Random(i)));

    internal override void Read(byte[] input) => _ = UapiHeader.TryMake(input);

    internal override bool Run(Random random) => UapiHeader.TryMake(Make(random)) is not null;

    private static byte[] Make(Random random)
    {
        byte[] text;
        if (random.Next(4) == 0)
        {
            text = new byte[random.Next(2000)];
            random.NextBytes(text);
        }
        else
        {
            var built = new StringBuilder();
            for (int pieces = random.Next(300); pieces > 0; pieces--)
            {
                built.Append(s_pieces[random.Next(s_pieces.Length)]);
            }

            text = Encoding.UTF8.GetBytes(built.ToString());
        }

        return text;
    }
}
