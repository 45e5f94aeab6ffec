namespace KHeadersFs.Mount.Tests;

/// <summary>A kernel module like kheaders.ko, with a given archive: an object file as kernel/kheaders.c makes it.</summary>
internal static class HeadersModule
{
    private const string Script = """
        set -e
        cd "$1"
        cat >module.s <<END
        .pushsection .rodata, "a"
        .global kernel_headers_data
        kernel_headers_data:
        .incbin "$2"
        .global kernel_headers_data_end
        kernel_headers_data_end:
        .popsection
        END
        as -o full.ko module.s
        objcopy --strip-all full.ko stripped.ko
        case $3 in
          *stripped.ko*) module=stripped.ko ;;
          *) module=full.ko ;;
        esac
        case $3 in
          *.xz) xz --check=crc32 --lzma2=dict=1MiB -c $module >"$3" ;;
          *.zst) zstd -q -f -o "$3" $module ;;
          *.gz) gzip -c $module >"$3" ;;
          *) [ $module = "$3" ] || cp $module "$3" ;;
        esac
        """;

    /// <summary>The path of a new file in the scratch directory, in the form that its name tells: stripped, compressed.</summary>
    internal static string Save(Scratch scratch, string archive, string name = "kheaders.ko")
    {
        ProcessRun.Shell(Script, scratch.Path, archive, name).Succeeded();
        return scratch.In(name);
    }
}
