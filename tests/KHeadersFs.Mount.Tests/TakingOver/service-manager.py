"""A stand-in for a service manager: starts one service, keeps its descriptors, and starts the next server with them.

service-manager.py SOCKET COMMAND...

It is a process of its own, without anything of the mount open, as systemd is: what starts a server may not wait for one.
Commands come as lines on standard input, and each is answered with a line:
  start            starts the service, with the descriptors that are kept: "ready PID" when it says so
  kill COUNT       so many times: SIGKILL, and start
  end SIGNAL       sends it and waits: "ended STATUS", negative for a signal
  reload           SIGUSR2: "ready PID" when the new version says so
  swallow          reads a request as a server does, and does not answer it: "swallowed OPCODE"
  old-kernel       has the session forget that its kernel can send requests again: "done"
  newer STORE|SESSION  raises the version in a copy of the store or in the session: "done"
  command WORD...  what is to be started from now on: "done"
  drop             closes all descriptors: "dropped NAMES"
  keep nothing     from now on closes what it gets, as one without a store: "done"
"""
import array, fcntl, os, select, signal, socket, struct, subprocess, sys

FIRST = 3  # SD_LISTEN_FDS_START
SLOTS = 65536  # where the session's request buffers start
path, command = sys.argv[1], sys.argv[2:]
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(path)
notify.settimeout(30)
kept = {}
keeps = True
service = None


def start():
    global service
    environment = dict(os.environ, NOTIFY_SOCKET=path)
    pairs = ""
    forget_hung_up()
    if kept:
        # A shell puts them where they belong: the copies have higher numbers than any that is asked for.
        copies = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 20) for descriptor in kept.values()]
        pairs = " ".join("%d<&%d %d<&-" % (FIRST + i, copy, copy) for i, copy in enumerate(copies))
        environment.update(LISTEN_FDS=str(len(kept)), LISTEN_FDNAMES=":".join(kept))
        script = 'export LISTEN_PID=$$; exec "$@" ' + pairs
        service = subprocess.Popen(["bash", "-c", script, "bash", *command], env=environment, stdin=subprocess.DEVNULL, pass_fds=copies)
        for copy in copies:
            os.close(copy)
    else:
        service = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)
    await_ready()


def forget_hung_up():
    # systemd polls what it keeps, unless it is told not to.
    end = select.poll()
    if "probe" in kept:
        end.register(kept["probe"], 0)
        if end.poll(0):
            os.close(kept.pop("probe"))


def receive():
    text, ancillary, _, _ = notify.recvmsg(4096, socket.CMSG_SPACE(4 * 4), socket.MSG_CMSG_CLOEXEC)
    descriptors = array.array("i")
    for _, _, data in ancillary:
        descriptors.frombytes(data)
    fields = dict(line.split("=", 1) for line in text.decode().split("\n"))
    name = fields.get("FDNAME")
    if "FDSTORE" in fields and keeps:
        if name in kept:
            os.close(kept.pop(name))
        kept[name], = descriptors
        return fields
    for descriptor in descriptors:  # BARRIER=1 waits for that
        os.close(descriptor)
    if "FDSTORE" in fields:
        return fields
    if "FDSTOREREMOVE" in fields and name in kept:
        os.close(kept.pop(name))
    return fields


def await_ready():
    while receive().get("READY") != "1":
        pass


def swallow():
    select.select([kept["device"]], [], [], 30)
    request = os.read(kept["device"], 8192)
    os.pwrite(kept["session"], request, SLOTS)
    return struct.unpack_from("=II", request)[1]


def raise_version(name):
    if name == "session":
        os.pwrite(kept[name], struct.pack("=I", 1000), 8)
        return
    copy = os.memfd_create(name, os.MFD_CLOEXEC)
    size = os.fstat(kept[name]).st_size
    os.write(copy, os.pread(kept[name], size, 0))
    os.pwrite(copy, struct.pack("=I", 1000), 8)
    os.close(kept[name])
    kept[name] = copy


def drain():
    notify.setblocking(False)
    try:
        while True:
            receive()
    except BlockingIOError:
        notify.settimeout(30)


for line in sys.stdin:
    verb, *words = line.split()
    answer = "done"
    if verb == "start":
        start()
        answer = "ready %d" % service.pid
    elif verb == "kill":
        for _ in range(int(words[0])):
            service.kill()
            service.wait()
            start()
        answer = "ready %d" % service.pid
    elif verb == "end":
        service.send_signal(getattr(signal, words[0]))
        answer = "ended %d" % service.wait(30)
        drain()
    elif verb == "reload":
        service.send_signal(signal.SIGUSR2)
        await_ready()
        answer = "ready %d" % service.pid
    elif verb == "swallow":
        answer = "swallowed %d" % swallow()
    elif verb == "old-kernel":
        flags, = struct.unpack("=Q", os.pread(kept["session"], 8, 16))
        os.pwrite(kept["session"], struct.pack("=Q", flags & ~(1 << 39)), 16)
    elif verb == "command":
        command = words
    elif verb == "newer":
        raise_version(words[0])
    elif verb == "keep":
        keeps = False
    elif verb == "drop":
        forget_hung_up()
        answer = "dropped " + " ".join(sorted(kept))
        for name in list(kept):
            os.close(kept.pop(name))
    print(answer, flush=True)
