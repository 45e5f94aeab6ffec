using KHeadersFs.Archive.Tar;

namespace KHeadersFs.Archive.Views;

/// <summary>
/// -o uapi: what <c>make headers_install</c> installs below usr/include, at "include" (scripts/Makefile.headersinst and usr/include/Makefile
/// of Linux): the headers in directories of include/uapi and arch/ARCH/include/uapi and, where those have none of the name, of the generated
/// ones, each without what is the kernel's alone (<see cref="UapiHeader"/>).
/// </summary>
public sealed class UapiView : ArchiveView
{
    private static readonly byte[] s_include = "include/"u8.ToArray();

    /// <summary>
    /// Headers that are installed only where the architecture has what they include (include/uapi/Kbuild of Linux), with that.
    /// </summary>
    private static readonly (byte[] Header, byte[] Needed)[] s_conditional =
    [
        ("include/linux/a.out.h"u8.ToArray(), "include/asm/a.out.h"u8.ToArray()),
        ("include/linux/kvm.h"u8.ToArray(), "include/asm/kvm.h"u8.ToArray()),
        ("include/linux/kvm_para.h"u8.ToArray(), "include/asm/kvm_para.h"u8.ToArray()),
    ];

    private readonly List<byte> _name = [];
    private readonly MadeFile?[] _held = new MadeFile?[s_conditional.Length];
    private readonly bool[] _hasNeeded = new bool[s_conditional.Length];
    private byte[]? _architecture;

    /// <inheritdoc/>
    internal override string CacheKeySuffix => "-uapi";

    /// <inheritdoc/>
    internal override bool KeepsBodies => false;

    /// <inheritdoc/>
    internal override string NoHeaders => "holds no headers for programs (include/uapi), so -o uapi has nothing to serve; mount it without";

    /// <inheritdoc/>
    internal override ReadOnlySpan<byte> NameOf(in TarMember member) =>
        member.Kind is MemberKind.Directory && MemberPath.Of(member.Name).IsRoot ? member.Name
        : member.Kind is MemberKind.File or MemberKind.HardLink or MemberKind.Symlink ? Installed(member.Name, out _)
        : default;

    /// <inheritdoc/>
    internal override ReadOnlySpan<byte> TargetOf(in TarMember member) => Installed(member.LinkName, out _);

    /// <inheritdoc/>
    internal override bool GivesWay(in TarMember member)
    {
        _ = Installed(member.Name, out bool isGenerated);
        return isGenerated;
    }

    /// <inheritdoc/>
    internal override bool Takes(ReadOnlySpan<byte> name) => true;

    /// <inheritdoc/>
    internal override TakenBody Take(MadeFile file)
    {
        if (UapiHeader.TryMake(file.Body) is not { } body)
        {
            return new TakenBody(null, "its #if and #endif, or its comments, do not match");
        }

        MadeFile made = file with { Body = body };
        int place = Array.FindIndex(s_conditional, c => file.Name.AsSpan().SequenceEqual(c.Needed));
        if (place >= 0)
        {
            _hasNeeded[place] = true;
        }

        place = Array.FindIndex(s_conditional, c => file.Name.AsSpan().SequenceEqual(c.Header));
        if (place >= 0)
        {
            _held[place] = made;
            return TakenBody.Later;
        }

        return new TakenBody(made);
    }

    /// <inheritdoc/>
    internal override IEnumerable<MadeFile> Complete(Action<string> warn) => _held.Where((held, i) => held is not null && _hasNeeded[i])!;

    /// <summary>The place that a file is installed at; empty for none.</summary>
    private ReadOnlySpan<byte> Installed(ReadOnlySpan<byte> given, out bool isGenerated)
    {
        isGenerated = false;
        if (!given.EndsWith(".h"u8))
        {
            return default;
        }

        MemberPath path = MemberPath.Of(given);
        if (!path.TryTake(out ReadOnlySpan<byte> first))
        {
            return default;
        }

        if (first.SequenceEqual("arch"u8))
        {
            if (!path.TryTake(out ReadOnlySpan<byte> architecture) || !path.TryTake(out first))
            {
                return default;
            }

            // An archive has one; of another one's headers none could be told apart.
            if (_architecture is not null && !architecture.SequenceEqual(_architecture))
            {
                return default;
            }

            if (!IsUapi(ref path, first, ref isGenerated))
            {
                return default;
            }

            _architecture ??= architecture.ToArray();
        }
        else if (!IsUapi(ref path, first, ref isGenerated))
        {
            return default;
        }

        return Below(path);
    }

    /// <summary>Whether a path goes on as "include/uapi/" or "include/generated/uapi/".</summary>
    private static bool IsUapi(ref MemberPath path, ReadOnlySpan<byte> first, ref bool isGenerated)
    {
        if (!first.SequenceEqual("include"u8) || !path.TryTake(out ReadOnlySpan<byte> name))
        {
            return false;
        }

        isGenerated = name.SequenceEqual("generated"u8);
        return (!isGenerated || path.TryTake(out name)) && name.SequenceEqual("uapi"u8);
    }

    /// <summary>"include/" and the rest of a path, which is in a directory: what lies in uapi itself is not installed.</summary>
    private ReadOnlySpan<byte> Below(MemberPath path)
    {
        int components = 0;
        _name.Clear();
        while (path.TryTake(out ReadOnlySpan<byte> name))
        {
            _name.AddRange(components == 0 ? s_include : "/"u8);
            _name.AddRange(name);
            components++;
        }

        return components < 2 ? default : System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_name);
    }
}
