namespace KHeadersFs.Archive.Tests;

/// <summary>A file like the kernel's module kheaders.ko: an object file with an archive between two symbols (kernel/kheaders.c).</summary>
internal static class TestModule
{
    private const string Source = """
        	.pushsection .rodata, "a"
        	.ascii "something of the module's own"
        	.global kernel_headers_data
        kernel_headers_data:
        	.incbin "ARCHIVE"
        	.global kernel_headers_data_end
        kernel_headers_data_end:
        	.ascii "YZ, and more of the module's own"
        	.popsection
        """;

    /// <summary>The module, made by <paramref name="script"/> from module.s: it has to write module.ko.</summary>
    internal static byte[] Make(byte[] archive, string script = "as -o module.ko module.s")
    {
        string directory = Directory.CreateTempSubdirectory("kheadersfs-test-").FullName;
        try
        {
            string incbin = Path.Combine(directory, "archive");
            File.WriteAllBytes(incbin, archive);
            File.WriteAllText(Path.Combine(directory, "module.s"), Source.Replace("ARCHIVE", incbin, StringComparison.Ordinal) + "\n");
            ToolRun.Of("sh", ["-e", "-c", $"cd \"$1\"\n{script}", "sh", directory]);
            return File.ReadAllBytes(Path.Combine(directory, "module.ko"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>What is read of a module's file.</summary>
    internal static byte[] Archive(byte[] module, ArchiveLimits? limits = null)
    {
        Microsoft.Win32.SafeHandles.SafeFileHandle file = MemoryFile.Create("test-module");
        RandomAccess.Write(file, module, 0);
        using Xz.ArchiveSpool archive = KHeadersFs.Archive.Elf.ModuleFile.TakeArchive(file, limits ?? new ArchiveLimits());
        Assert.True(file.IsClosed);
        return archive.Bytes.ToArray();
    }
}
