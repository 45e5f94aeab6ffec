using System.IO.Compression;
using System.Text;
using Mono.Unix.Native;

namespace KHeadersFs.Mount.Tests;

/// <summary>
/// A running kernel of our choice, in this namespace until disposed: what it has below /sys/kernel, its configuration, its
/// modules, and the modprobe that loads them.
/// </summary>
internal sealed class FakeKernel : IDisposable
{
    internal const string SysArchive = "/sys/kernel/kheaders.tar.xz";

    private readonly Scratch _scratch;
    private readonly Stack<Cover> _covers = new();
    private bool _hasOwnModules;

    /// <summary>A kernel without an archive.</summary>
    internal FakeKernel(Scratch scratch)
    {
        _scratch = scratch;
        _covers.Push(Cover.Empty("/sys/kernel"));

        // It has just been booted: no mark of a module that an earlier one had loaded.
        Directory.CreateDirectory(PrivateNamespace.RunDirectory);
        _covers.Push(Cover.Empty(PrivateNamespace.RunDirectory));
        if (Directory.Exists(ModulesOf(FittingArchive.RunningRelease)))
        {
            _covers.Push(Cover.Empty(ModulesOf(FittingArchive.RunningRelease)));
        }
    }

    /// <summary>Each call of modprobe so far.</summary>
    internal IReadOnlyList<string> Calls => File.Exists(CallList) ? File.ReadAllLines(CallList) : [];

    /// <summary>Whether no modprobe runs, also none that a killed program has started.</summary>
    internal static bool IsIdle => !ProcFs.AnyCommandLine(static line => line.Contains("/modprobe", StringComparison.Ordinal));

    private string CallList => _scratch.In("modprobe-calls");

    /// <summary>A kernel that has the archive built in.</summary>
    internal static FakeKernel WithArchive(Scratch scratch, string archive)
    {
        var kernel = new FakeKernel(scratch);
        File.Copy(archive, SysArchive);
        return kernel;
    }

    /// <summary>modprobe as a shell script; $LOG takes a line per call.</summary>
    internal FakeKernel Modprobe(string script)
    {
        string path = _scratch.Write("modprobe", Encoding.UTF8.GetBytes($"#!/bin/sh\necho \"$*\" >>{CallList}\n{script}\n"));
        Assert.Equal(0, Syscall.chmod(path, NativeConvert.FromOctalPermissionString("0755")));
        const string named = "/proc/sys/kernel/modprobe";
        string replaced = File.Exists(named) ? File.ReadAllText(named).Trim() : "/sbin/modprobe";
        TestRun.SkipUnless(File.Exists(replaced), $"{replaced} (package kmod) is not installed");
        _covers.Push(Cover.By(path, replaced));
        return this;
    }

    /// <summary>A modprobe that loads and unloads a module with this archive.</summary>
    internal FakeKernel Module(string archive) => Modprobe(
        $"case $1 in -r) rm {SysArchive} ;; *) [ \"$2\" = kheaders ] && cp {archive} {SysArchive} ;; esac");

    /// <summary>The configuration: all other places where one can be found are hidden.</summary>
    internal FakeKernel Configuration(string text)
    {
        using (var file = new GZipStream(File.Create(_scratch.In("config.gz")), CompressionLevel.Fastest))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
        }

        const string config = "/proc/config.gz";
        TestRun.SkipUnless(File.Exists(config), $"this kernel has no {config} to cover");
        _covers.Push(Cover.By(_scratch.In("config.gz"), config));
        return this;
    }

    /// <summary>What is below /lib/modules/RELEASE/kernel: files without content.</summary>
    internal FakeKernel ModuleFiles(params string[] names)
    {
        string directory = OwnModules(FittingArchive.RunningRelease);
        foreach (string name in names)
        {
            File.WriteAllText(Path.Combine(directory, name), string.Empty);
        }

        return this;
    }

    /// <summary>A copy of <paramref name="file"/> is the module kheaders of an installed kernel, of the running one by default.</summary>
    internal FakeKernel ModuleFile(string file, string name = "kheaders.ko", string? release = null)
    {
        File.Copy(file, Path.Combine(OwnModules(release ?? FittingArchive.RunningRelease), name), overwrite: true);
        return this;
    }

    /// <summary>What depmod(8) has written, or would have.</summary>
    internal FakeKernel ModuleList(string text, string? release = null)
    {
        OwnModules(release ?? FittingArchive.RunningRelease);
        File.WriteAllText($"/lib/modules/{release ?? FittingArchive.RunningRelease}/modules.dep", text);
        return this;
    }

    private static string ModulesOf(string release) => $"/lib/modules/{release}/kernel/kernel";

    private string OwnModules(string release)
    {
        if (!_hasOwnModules)
        {
            _covers.Push(Cover.Empty("/lib/modules"));
            _hasOwnModules = true;
        }

        return Directory.CreateDirectory(ModulesOf(release)).FullName;
    }

    public void Dispose()
    {
        while (_covers.TryPop(out Cover? cover))
        {
            cover.Dispose();
        }
    }
}
