using System.Runtime.InteropServices;

namespace KHeadersFs.Posix;

/// <summary>
/// A path whose symbolic links have been resolved, all of them below a root: an absolute link counts from there, and ".." does not lead out of
/// it, as with openat2(2) and RESOLVE_IN_ROOT. Names are followed one by one and not by that call, which is new in Linux 5.6 and says nothing of what
/// is missing. Whoever opens the path must refuse links, for somebody may have changed it meanwhile.
/// </summary>
/// <param name="Path">From the real root, without links as far as it exists.</param>
/// <param name="Error">errno of what could not be looked at, the first of it; 0 where all is there.</param>
/// <param name="IsElsewhere">A link has led away: the last name was one, or one with an absolute target was on the way.</param>
internal sealed record RootedPath(string Path, int Error, bool IsElsewhere)
{
    private const int EINVAL = 22;
    private const int ELOOP = 40;
    private const int ENOTCONN = 107;

    /// <summary>As the kernel (include/linux/namei.h: MAXSYMLINKS).</summary>
    private const int MostLinks = 40;

    /// <summary>Whether all of it is there. The last name may be a mount whose server has died.</summary>
    internal bool IsThere => Error == 0;

    /// <summary>Follows <paramref name="path"/>, and what a link to nothing says, as far as there is anything.</summary>
    /// <param name="path">A relative one counts from the root as well, unless that is the real one.</param>
    /// <param name="root">Absolute and without links.</param>
    /// <exception cref="PosixException">The path is relative, and the working directory has been removed.</exception>
    internal static RootedPath Resolve(string path, string root = "/")
    {
        string origin = root is "/" ? "" : root;
        string whole = path.StartsWith('/') || origin.Length > 0 ? path : $"{PosixDirectory.Current}/{path}";
        var rest = new Stack<string>();
        Push(rest, whole);
        string real = "";
        int links = 0, error = 0;
        bool isElsewhere = false;
        while (rest.TryPop(out string? name))
        {
            if (name is "..")
            {
                real = real[..Math.Max(real.LastIndexOf('/'), 0)];
                continue;
            }

            string next = $"{real}/{name}";
            string? target = error == 0 ? PosixFile.ReadLink(origin + next) : null;
            int errno = error == 0 && target is null ? Marshal.GetLastPInvokeError() : 0;
            if (target is null || ++links > MostLinks)
            {
                bool isThere = errno is EINVAL || (errno is ENOTCONN && rest.Count == 0);
                error = error != 0 || (target is null && isThere) ? error : target is null ? errno : ELOOP;
                real = next;
                continue;
            }

            isElsewhere |= rest.Count == 0 || target.StartsWith('/');
            real = target.StartsWith('/') ? "" : real;
            Push(rest, target);
        }

        return new RootedPath(origin + real is [_, ..] found ? found : "/", error, isElsewhere);
    }

    private static void Push(Stack<string> rest, string path)
    {
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse().Where(static n => n is not "."))
        {
            rest.Push(name);
        }
    }
}
