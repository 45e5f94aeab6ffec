namespace KHeadersFs.Mount.Tests;

/// <summary>What a caller may leave behind (src/docs/lifetime.md), as commands that leave it behind and run another one.</summary>
internal static class CallerState
{
    // A timer that has run out long before a mount is there, whatever it counts.
    private const string Timer = "import os, signal, sys; signal.setitimer(getattr(signal, sys.argv[1]), 0.001); os.execv(sys.argv[2], sys.argv[2:])";

    // prctl(2), by number: PR_SET_TIMERSLACK 29, PR_SET_CHILD_SUBREAPER 36, PR_SET_DUMPABLE 4, PR_SET_MDWE 65.
    private const string Control =
        "import ctypes, os, sys; ctypes.CDLL(None).prctl(int(sys.argv[1]), int(sys.argv[2]), 0, 0, 0); os.execv(sys.argv[3], sys.argv[3:])";

    /// <summary>With these the program works as without.</summary>
    internal static Dictionary<string, string[]> Harmless { get; } = new(StringComparer.Ordinal)
    {
        ["SIGCHLD ignored"] = ["env", "--ignore-signal=CHLD"],
        ["all signals ignored"] = ["env", "--ignore-signal"],
        ["SIGCHLD blocked"] = ["env", "--block-signal=CHLD"],
        ["all signals blocked"] = ["env", "--block-signal"],
        ["standard input closed"] = Shell("exec \"$@\" <&-"),
        ["standard output closed"] = Shell("exec \"$@\" >&-"),
        ["standard error closed"] = Shell("exec \"$@\" 2>&-"),
        ["input and error closed"] = Shell("exec \"$@\" <&- 2>&-"),
        ["all streams closed"] = Shell("exec \"$@\" <&- >&- 2>&-"),
        ["profiling timer"] = ["python3", "-c", Timer, "ITIMER_PROF"],
        ["virtual timer"] = ["python3", "-c", Timer, "ITIMER_VIRTUAL"],
        ["another kernel's name"] = ["setarch", "--uname-2.6"],
        ["addresses that are not random"] = ["setarch", "--addr-no-randomize"],
        ["all memory executable"] = ["setarch", "--read-implies-exec"],
        ["another machine's name"] = ["setarch", "linux32"],
        ["soft limit of files"] = ["prlimit", "--nofile=8:1024"],
        ["soft limit of addresses"] = ["prlimit", "--as=50000000:4000000000"],
        ["soft limit of memory"] = ["prlimit", "--data=1000000:400000000"],
        ["soft limit of the stack"] = ["prlimit", "--stack=16384:8000000"],
        ["few files"] = ["prlimit", "--nofile=32"],
        ["a small stack"] = ["prlimit", "--stack=65536"],
        ["an endless stack"] = ["prlimit", "--stack=unlimited"],
        ["few addresses"] = ["prlimit", "--as=536870912"],
        ["no locked memory, queues, signals, cores"] = ["prlimit", "--memlock=0", "--msgqueue=0", "--sigpending=0", "--core=0", "--rss=0", "--rttime=1000"],
        ["root's processes counted"] = ["prlimit", "--nproc=1:1024"],
        ["no permission for what is made"] = Shell("umask 0777; exec \"$@\""),
        ["nice"] = ["nice", "-n", "19"],
        ["idle I/O"] = ["ionice", "-c3"],
        ["batch scheduler"] = ["chrt", "-b", "0"],
        ["real-time scheduler"] = ["chrt", "-f", "10"],
        ["one processor"] = ["taskset", "1"],
        ["first to be killed"] = ["choom", "-n", "1000", "--"],
        ["no variables"] = ["env", "-i"],
        ["variables of loaders and languages"] = ["env", "LD_PRELOAD=/no/such.so", "LD_LIBRARY_PATH=/no", "LC_ALL=tr_TR.UTF-8", "PATH=", "TMPDIR=/no/such", "HOME=/no/such"],
        ["removed working directory"] = Shell("mkdir gone; cd gone; rmdir ../gone; exec \"$@\""),
        ["another session"] = ["setsid", "--wait"],
        ["no new privileges"] = ["setpriv", "--no-new-privs"],
        ["end with its parent"] = ["setpriv", "--pdeathsig", "KILL"],
        ["full core dumps"] = Shell("echo 0x7f >/proc/self/coredump_filter; exec \"$@\""),
        ["slack of timers"] = ["python3", "-c", Control, "29", "1000000000"],
        ["reaper of orphans"] = ["python3", "-c", Control, "36", "1"],
        ["not dumpable"] = ["python3", "-c", Control, "4", "0"],
        ["no memory written and executed"] = ["python3", "-c", Control, "65", "1"],
    };

    /// <summary>With these there is one line, which has the words, and exit code 2.</summary>
    internal static Dictionary<string, (string[] Command, string Words)> Refused { get; } = new(StringComparer.Ordinal)
    {
        ["files"] = (["prlimit", "--nofile=8"], "ulimit -n"),
        ["addresses"] = (["prlimit", "--as=100000000"], "ulimit -v"),
        ["hardly any addresses"] = (["prlimit", "--as=20000000"], "ulimit -v"),
        ["memory"] = (["prlimit", "--data=1000000"], "ulimit -d"),
        ["the stack"] = (["prlimit", "--stack=16384"], "ulimit -s"),
        ["file sizes"] = (["prlimit", "--fsize=1000"], "ulimit -f"),
        ["file sizes above the store's"] = (["prlimit", "--fsize=100000"], "ulimit -f"),
        ["root without its rights"] = (["setpriv", "--securebits=+noroot"], "CAP_SYS_ADMIN"),
    };

    /// <summary>The same for an ordinary user, with the exit code.</summary>
    internal static Dictionary<string, (string[] Command, int Code, string Words)> RefusedForUsers { get; } = new(StringComparer.Ordinal)
    {
        ["processes"] = (["prlimit", "--nproc=1"], FailedMount.SystemError, "ulimit -u"),
        ["new privileges"] = (["setpriv", "--no-new-privs"], FailedMount.MountFailure, "no_new_privs"),
    };

    private static string[] Shell(string script) => ["bash", "-c", script, "bash"];
}
