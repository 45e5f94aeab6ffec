#!/usr/bin/env bash
# Process 1 of the guest that scripts/vm/run.sh boots: the scenarios that $SCENARIOS names, one line of result for each.
# The root is the host's or that of make-root.sh, read-only; whatever has to be written is a tmpfs over it.
# $KERNEL is the kernel's folder below out/vm, $PROGRAM the program's path in the checkout.
set -uo pipefail
: "${SCENARIOS:?}" "${KERNEL:?}" "${PROGRAM:?}"
checkout=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH HOME=/tmp LC_ALL=C

power_off() {
  sync
  # qemu ends at a reset: -no-reboot. The kernels that are built here have no ACPI to switch off with.
  echo b >/proc/sysrq-trigger
  sleep 1000
}
trap power_off EXIT

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/debug/tracing
[ ! -d /sys/kernel/tracing ] || mount -t tracefs tracefs /sys/kernel/tracing # where tools of today look first
mount --bind "$checkout" /mnt # wherever it is: the next lines may hide it
checkout=/mnt
for directory in /tmp /run /var/tmp /root; do
  mount -t tmpfs tmpfs "$directory"
done
ip link set lo up 2>/dev/null

# shellcheck source=scripts/limits.sh
source "$checkout/scripts/limits.sh"
release=$(uname -r)
kernel=$checkout/out/vm/$KERNEL
archive=/sys/kernel/kheaders.tar.xz
build=/lib/modules/$release/build
program=$checkout/$PROGRAM

# writable LOWER DIR: what LOWER has, at DIR, where it can be written to
writable() {
  local upper
  upper=$(mktemp -d /run/upper.XXXXXX)
  mkdir "$upper/upper" "$upper/work"
  mount -t overlay -o "lowerdir=$1,upperdir=$upper/upper,workdir=$upper/work" overlay "$2"
}
modules=$kernel/modules
[ "$SCENARIOS" != armed ] || modules=$checkout/out/vm/stock/modules:$checkout/out/vm/newer/modules
writable "$modules" "$(readlink -f /lib/modules)" # the mountpoint is made here
# What make install does, without writing to the host.
writable /usr/sbin /usr/sbin
ln -sf "$program" /usr/sbin/mount.fuse.kheadersfs
ln -sf "$program" /usr/sbin/mount.kheadersfs

# A scenario ends with what was seen on its last line, and status 0 if that is what it wants to see; 77: cannot run here.
fail() { echo "$*"; exit 1; }
skip() { echo "$*"; exit 77; }
expect() { [ "$1" = "$2" ] || fail "${3-value}: $1 instead of $2"; }

mount_headers() {
  mkdir -p "$build"
  mount -t fuse.kheadersfs kheaders "$build" "$@" || fail "mount ended with status $?"
}
is_mounted() { grep -q " $build fuse" /proc/mounts || grep -q " $(readlink -f "$build") fuse" /proc/mounts; }
# Whatever they call themselves.
servers() { find /proc/[0-9]*/exe -lname "$program" 2>/dev/null | cut -d / -f 3; }
# The server ends with its mount.
no_server() {
  local end=$((SECONDS + $(limit 1)))
  while [ -n "$(servers)" ]; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.1
  done
}
clean_up() {
  ! is_mounted || umount "$build" || umount -l "$build"
  no_server || fail "a server is left"
  ! grep -q ' /sys/kernel/btf tmpfs ' /proc/mounts || umount /sys/kernel/btf
  ! grep -q '^kheaders ' /proc/modules || rmmod kheaders
}
# need_archive: the scenario is about a kernel that has it at hand; where it is in the module, that is loaded
need_archive() { [ -e "$archive" ] || modprobe kheaders || fail "no archive"; }

# listing DIR: type, name, target of links, size of files; whoever looks may read everything
listing() { (cd "$1" && find . \( -type f -printf 'f %p %s\n' -o -printf '%y %p %l\n' \) | sort); }

# unpack_plainly ARCHIVE: into $plain, once: all archives of a guest hold the same tar
plain=/run/plain
unpack_plainly() {
  [ ! -e "$plain.list" ] || return 0
  mkdir "$plain"
  tar -xf "$1" -C "$plain" || fail "tar cannot unpack $1"
  listing "$plain" >"$plain.list"
}

# same_tree ARCHIVE: the mount is what tar unpacks
same_tree() {
  unpack_plainly "$1"
  diff "$plain.list" <(listing "$build") >/tmp/diff || fail "names or sizes differ: $(head -n 3 /tmp/diff)"
  diff -r --no-dereference "$plain" "$build" >/tmp/diff 2>&1 || fail "contents differ: $(head -n 3 /tmp/diff)"
  same="$(grep -c '^f ' "$plain.list") files equal tar -x"
  [ -z "$(find "$build" ! -type l ! -perm -444)" ] || fail "not everybody can read everything"
}

scenario_tree() {
  local where='built in'
  need_archive
  ! grep -q '^kheaders ' /proc/modules || where='of a loaded module'
  mount_headers
  same_tree "$archive"
  echo "$same of $archive, $where; $(server_figures)"
}
# After everything has been read.
server_figures() {
  local pid
  pid=$(servers | while read -r process; do grep -qx kheadersfs "/proc/$process/comm" && echo "$process"; done)
  [ -n "$pid" ] || fail "no server"
  "$program" status "$build" | grep -q "server  *process $pid," || fail "status does not know server $pid: $("$program" status "$build")"
  "$program" doctor | grep -q "$build is mounted, and answers" || fail "the doctor does not see the mount: $("$program" doctor | grep -A 2 ' build ')"
  echo "pages of $(awk '/KernelPageSize/ { print $2; exit }' /proc/self/smaps) KiB, server of $(awk '/VmRSS/ { print $2 }' "/proc/$pid/status") kB," \
    "store of $(find "/proc/$pid/fd/" -lname '/memfd:*' -exec stat -L -c %s {} + | sort -n | tail -n 1) bytes"
}

scenario_module() {
  local loader place=/lib/modules/$release/kernel
  [ ! -e "$archive" ] || fail "the archive is there before the mount"
  loader=$(</proc/sys/kernel/modprobe)
  echo /bin/false >/proc/sys/kernel/modprobe
  mount_headers
  is_mounted || fail "not mounted"
  [ ! -e "$archive" ] || fail "the module was loaded, and its file is there to be read"
  same_tree "$kernel/kheaders.tar.xz"
  umount "$build"

  # Where modprobe finds it and the program does not look for it.
  echo "$loader" >/proc/sys/kernel/modprobe
  mv "$place/kernel/kheaders.ko" "$place/"
  depmod "$release"
  mount_headers
  is_mounted || fail "not mounted with the module loaded"
  ! grep -q '^kheaders ' /proc/modules || fail "the module is still loaded"
  [ ! -e "$archive" ] || fail "the archive is still there"
  same_tree "$kernel/kheaders.tar.xz"
  mv "$place/kheaders.ko" "$place/kernel/"
  depmod "$release"
  echo "read from its file; loaded by the mount where that is not found, and gone after it; $same without it"
}

# A stock kernel as it comes, without the module that fetch-kernel.sh has added.
scenario_without() {
  local said status=0 module=/lib/modules/$release/kernel/kernel/kheaders.ko
  mkdir -p "$build"
  mv "$module" /run/
  depmod "$release"
  said=$(mount -t fuse.kheadersfs kheaders "$build" 2>&1) || status=$?
  expect "$status" 32 "status"
  ! is_mounted || fail "mounted"
  no_server || fail "a server is left"
  [[ $said == *CONFIG_IKHEADERS* ]] || fail "no word of CONFIG_IKHEADERS: $said"
  [ "$(wc -l <<<"$said")" -eq 1 ] || fail "more than a line: $said"
  mv /run/kheaders.ko "$module"
  depmod "$release"
  echo "status 32: $said"
}

# How many of 100 samples of the archive are in the store as they are.
scenario_blocks() {
  local blocks
  insmod "$kernel/blocks.ko" || fail "insmod"
  blocks=$(xz --list --robot "$kernel/blocks.tar.xz" | awk '$1 == "totals" { print $3 }')
  mkdir /tmp/cache
  mount_headers -o cache=/tmp/cache
  same_tree "$archive"
  /usr/bin/python3 - "$kernel/blocks.tar.xz" /tmp/cache/* <<'PYTHON' >/tmp/samples || fail "$(cat /tmp/samples)"
import sys
archive, store = (open(path, "rb").read() for path in sys.argv[1:3])
step = (len(archive) - 10000) // 100
print(sum(archive[at:at + 256] in store for at in range(1000, 1000 + 100 * step, step)))
PYTHON
  [ "$(</tmp/samples)" -ge 90 ] || fail "only $(</tmp/samples) of 100 samples of the archive are in the store: re-packed"
  echo "$blocks blocks; $(</tmp/samples) of 100 samples of the archive are in the store as they are; $same"
}

# The line of the unit, with %v as systemd would fill it in, on whatever kernel runs.
scenario_switch() {
  local line
  line=$(sed -n "s|^ExecStart=[^ ]*/kheadersfs -f \(.*\)|\1|p" "$checkout/src/KHeadersFs/Systemd/kheadersfs.service")
  [ -n "$line" ] || fail "no ExecStart in the unit"
  rmdir "$build" 2>/dev/null
  # shellcheck disable=SC2086 # split as systemd does
  "$program" ${line//%v/$release} || fail "status $?"
  grep -qF "#define UTS_RELEASE \"$release\"" "$build/include/generated/utsrelease.h" ||
    fail "UTS_RELEASE: $(cat "$build/include/generated/utsrelease.h")"
  # Of the kernel's configuration, what is y or m; the packages have added options of their own in the headers.
  sed -n 's/^\(CONFIG_.*\)=m$/\1_MODULE 1/p; s/^\(CONFIG_.*\)=y$/\1 1/p' "$kernel/config" | sort >/tmp/options
  [ -s /tmp/options ] || fail "no options in the kernel's configuration"
  sed -n 's/^#define CONFIG_/CONFIG_/p' "$build/include/generated/autoconf.h" | sort | comm -13 - /tmp/options >/tmp/diff
  [ ! -s /tmp/diff ] || fail "options of the kernel that the headers lack: $(head -n 3 /tmp/diff)"
  umount "$build"
  no_server || fail "a server is left"
  [ ! -e "$build" ] || fail "the directory that mkdir made is left"
  echo "UTS_RELEASE $release; $(wc -l </tmp/options) options of its configuration"
}

scenario_fstab() {
  local options
  mkdir -p "$build"
  echo "kheaders $build fuse.kheadersfs ro,nofail 0 0" >/tmp/fstab
  mount --bind /tmp/fstab /etc/fstab
  mount -a || fail "mount -a ended with status $?"
  [ -f "$build/include/linux/kconfig.h" ] || fail "no headers after mount -a"
  mount -a || fail "the second mount -a ended with status $?"
  expect "$(grep -c ' fuse.kheadersfs ' /proc/mounts)" 1 "mounts after the second mount -a"
  options=$(grep ' fuse.kheadersfs ' /proc/mounts)
  umount "$build" || fail "umount"
  umount /etc/fstab
  echo "$options; a second mount -a changes nothing"
}

scenario_notify() {
  mkdir -p "$build"
  /usr/bin/python3 - "$program" "$build" <<'PYTHON'
import os, signal, socket, subprocess, sys, time
program, build = sys.argv[1:]
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind("/run/notify")
server.settimeout(60)
process = subprocess.Popen([program, "-f", "kheaders", build], env=dict(os.environ, NOTIFY_SOCKET="/run/notify"))
said = []
try:
    while not any("READY=1" in line for line in said):
        said += server.recv(4096).decode().split("\n")
except TimeoutError:
    sys.exit("no READY=1 in 60 s: %s" % said)
there = os.path.exists(build + "/include/linux/kconfig.h")
process.send_signal(signal.SIGTERM)
status = process.wait(60)
server.settimeout(1)
try:
    while True:
        said += server.recv(4096).decode().split("\n")
except TimeoutError:
    pass
if not there or status or os.path.ismount(build):
    sys.exit("headers at READY=1: %s; status after SIGTERM: %s; said %s" % (there, status, said))
print("said %s; headers are there at READY=1; SIGTERM ends it with 0" % ", ".join(filter(None, said)))
PYTHON
}

scenario_bcc() {
  /usr/bin/python3 -c 'import bcc' 2>/dev/null || skip "package python3-bpfcc is not installed"
  mount_headers
  within 30 /usr/bin/python3 - <<'PYTHON' 2>/tmp/bcc.err || fail "bcc: $(tail -n 5 /tmp/bcc.err)"
import glob, os, sys
from bcc import BPF
program = BPF(text=r'''
#include <linux/sched.h>
#include <linux/fs.h>
BPF_ARRAY(counts, u64, 1);
int count(struct pt_regs *context) {
    struct task_struct *task = (struct task_struct *)bpf_get_current_task();
    if (task->tgid == PID) counts.increment(0);
    return 0;
}
'''.replace("PID", str(os.getpid())))
program.attach_kprobe(event="__x64_sys_getppid", fn_name="count")
for _ in range(1000):
    os.getppid()
seen = program["counts"][0].value
if seen < 1000:
    sys.exit("counted %d of 1000" % seen)
if glob.glob("/tmp/kheaders-*"):
    sys.exit("bcc has unpacked the archive")
print("kprobe at __x64_sys_getppid counted %d of 1000 calls" % seen)
PYTHON
}

scenario_bpftrace() {
  local said
  command -v bpftrace >/dev/null || skip "bpftrace is not installed"
  mount_headers
  echo 'for (1..1000) { getppid(); select(undef, undef, undef, 0.01) }' >/tmp/call.pl
  # shellcheck disable=SC2016 # bpftrace's variables
  said=$(within 30 bpftrace -e '#include <linux/sched.h>
kprobe:__x64_sys_getppid { $task = (struct task_struct *)curtask; printf("comm=%s tgid=%d\n", $task->comm, $task->tgid); exit(); }' \
    -c '/usr/bin/perl /tmp/call.pl' 2>&1) || fail "bpftrace: $(grep -m 1 ERROR <<<"$said" || tail -n 1 <<<"$said")"
  grep -q '^comm=perl tgid=[1-9]' <<<"$said" || fail "bpftrace printed: $said"
  echo "struct task_struct of a process in getppid(): $(grep -m 1 '^comm=' <<<"$said")"
}

# watch TEXT ACTION EXPECTED TOOL [ARGUMENT]...: once the tool has printed TEXT, ACTION is done until it prints a line with EXPECTED
watch() {
  local text=$1 action=$2 expected=$3 end=$((SECONDS + $(limit 24))) pid
  shift 3
  PYTHONUNBUFFERED=1 "$@" >/tmp/printed 2>/tmp/errors &
  pid=$!
  # One that is left would keep the mount.
  trap 'kill -KILL "$pid" 2>/dev/null' EXIT
  until grep -q "$text" /tmp/printed; do
    kill -0 "$pid" 2>/dev/null || fail "$1 ended: $(grep -m 1 error /tmp/errors || tail -n 1 /tmp/errors)"
    [ "$SECONDS" -lt "$end" ] || fail "$1 does not begin: $(tail -n 1 /tmp/errors)"
    sleep 0.2
  done
  until grep -q "$expected" /tmp/printed; do
    $action
    [ "$SECONDS" -lt "$end" ] || fail "$1 does not see it: $(tail -n 1 /tmp/printed)"
    sleep 0.2
  done
  kill "$pid" # what a shell like this one starts with & ignores SIGINT
  wait "$pid"
  trap - EXIT
  watched+="${watched:+, }${1##*/}"
}
connect() { (exec 3<>/dev/tcp/127.0.0.1/9) 2>/dev/null; }

# Tools as Debian packages them, with the mount and nothing else: no package of headers, and no BTF to take types from.
scenario_clients() {
  local watched=''
  [ -x /usr/sbin/execsnoop-bpfcc ] || skip "package bpfcc-tools is not installed"
  [ -z "$(find /usr/src /usr/include -mindepth 1 2>/dev/null)" ] || fail "there are headers besides the mount"
  mount_headers
  mount -t tmpfs tmpfs /sys/kernel/btf
  watch PCOMM /bin/true '^true ' execsnoop-bpfcc
  watch COMM 'cat /etc/debian_version' ' /etc/debian_version$' opensnoop-bpfcc
  watch SADDR connect ' 127.0.0.1 *127.0.0.1 *9 *$' tcpconnect-bpfcc
  watch PCOMM /bin/true '^true ' exitsnoop-bpfcc
  watch Tracing true '^\(timer\|rcu\|sched\) ' softirqs-bpfcc 1 1
  # shellcheck disable=SC2016 # bpftrace's variables
  watch began /bin/true '^true 1$' bpftrace -e '#include <linux/sched.h>
#include <linux/nsproxy.h>
begin { printf("began\n"); }
kprobe:do_group_exit { $task = (struct task_struct *)curtask; printf("%s %d\n", $task->comm, $task->nsproxy->uts_ns != 0); }'
  watch began /bin/true '^true [0-9]' bpftrace -e 'begin { printf("began\n"); }
tracepoint:sched:sched_process_exit { printf("%s %d\n", comm, pid); }'
  umount /sys/kernel/btf
  [ -z "$(find /tmp -maxdepth 1 -name 'kheaders-*')" ] || fail "somebody has unpacked the archive"
  echo "see what happens, without BTF and without a package of headers: $watched"
}

# The tree, unpacked, does not fit into what tmpfs may take; the mount and a compile do.
scenario_memory() {
  local compiler reason status=0 folder=x86 include
  [ "$(uname -m)" != aarch64 ] || folder=arm64
  need_archive
  mkdir /tmp/plain
  tar -xf "$archive" -C /tmp/plain 2>/run/tar.err || status=$?
  [ "$status" -ne 0 ] || fail "there is room to unpack it: $(df -k /tmp | tail -n 1)"
  reason=$(head -n 1 /run/tar.err | cut -c 1-100)
  rm -rf /tmp/plain
  ! grep -q '^kheaders ' /proc/modules || rmmod kheaders
  mount_headers
  include=$build/arch/$folder/include
  compiler=$(command -v gcc) || skip "gcc is not installed"
  printf '#include <linux/sched.h>\n#include <linux/fs.h>\nint size = sizeof(struct task_struct) + sizeof(struct inode);\n' >/tmp/source.c
  within 20 "$compiler" -S -w -O0 -nostdinc -D__KERNEL__ -DKBUILD_MODNAME='"kh"' -x c -o /tmp/out.s \
    -I"$include" -I"$include/generated" -I"$build/include" \
    -I"$include/uapi" -I"$include/generated/uapi" -I"$build/include/uapi" \
    -I"$build/include/generated/uapi" -include "$build/include/linux/compiler-version.h" \
    -include "$build/include/linux/kconfig.h" -include "$build/include/linux/compiler_types.h" /tmp/source.c >/tmp/gcc.err 2>&1 ||
    fail "the compile failed: $(tail -n 3 /tmp/gcc.err)"
  echo "$(awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo) MiB: tar -x ended with $status${reason:+ ($reason)}; mounted and compiled"
}

# Somebody else removes the module while it is read: either the mount is whole or there is one clear line and nothing left.
# Each run is stopped when its descriptor of the archive has been seen that often, and goes on without the module. How far it
# has read cannot be seen: pread(2) leaves the position alone.
scenario_rmmod() {
  local from at said status mounted=0 refused=0 example=''
  mkdir -p "$build"
  for from in 1 2 4 8 16 32 1000; do
    modprobe kheaders || fail "modprobe"
    status=0
    at=$(/usr/bin/python3 - "$from" "$program" "$archive" "$build" <<'PYTHON'
import os, signal, subprocess, sys, time
wanted, command = int(sys.argv[1]), sys.argv[2:]
# A lower priority: the one processor must come back to this program in the middle of the read.
process = subprocess.Popen(command, stderr=open("/tmp/said", "w+b", 0), preexec_fn=lambda: os.nice(5))
folder, at, seen = "/proc/%d/" % process.pid, "too late", 0
while process.poll() is None and at == "too late":
    try:
        for fd in os.listdir(folder + "fd"):
            if os.readlink(folder + "fd/" + fd) == command[1]:
                process.send_signal(signal.SIGSTOP)
                seen += 1
                if seen == wanted:
                    at = seen
                    subprocess.run(["rmmod", "kheaders"])
                process.send_signal(signal.SIGCONT)
    except OSError:
        process.send_signal(signal.SIGCONT)
    time.sleep(0.0005)
print(at)
sys.exit(process.wait())
PYTHON
    ) || status=$?
    said=$(</tmp/said)
    if [ "$status" -eq 0 ]; then
      [ "$(find "$build" -type f | wc -l)" -gt 5000 ] || fail "at sight $at: mounted, not whole"
      mounted=$((mounted + 1))
      umount "$build"
    else
      expect "$status" 32 "status at sight $at ($said)"
      expect "$(wc -l </tmp/said)" 1 "lines at sight $at ($said)"
      ! is_mounted || fail "at sight $at: failed and mounted"
      refused=$((refused + 1))
      example+=" $at"
      cp /tmp/said /tmp/refused
    fi
    no_server || fail "at sight $at: a server is left"
    ! grep -q '^kheaders ' /proc/modules || rmmod kheaders
  done
  [ "$refused" -gt 0 ] || fail "never removed while it was read"
  echo "$mounted times mounted whole, $refused times refused (at sight$example): $(tail -n 1 /tmp/refused)"
}

# In a root of its own, where everything can be written to.
scenario_packages() {
  [ -d "$checkout/out/vm/newer-packages" ] || fail "no packages: run scripts/vm/run.sh -p"
  unpack_plainly "$kernel/kheaders.tar.xz"
  "$checkout/scripts/vm/packages.sh" "$plain"
}

# It needs another process 1.
case $SCENARIOS in
  takeover | armed) PROGRAM=$program exec "$checkout/scripts/vm/$SCENARIOS.sh" boot ;;
esac

for name in $SCENARIOS; do
  started=$SECONDS
  said=$("scenario_$name" 2>&1)
  status=$?
  left=$(clean_up 2>&1) || { said+=${said:+; }$left status=1; }
  case $status in
    0) word=passed ;;
    77) word=skipped ;;
    *) word=failed ;;
  esac
  [ $status -eq 0 ] || [ "$(wc -l <<<"$said")" -le 1 ] || printf '%s\n' "$said" # all of it, for the log
  echo "@@$word $name: $(tail -n 1 <<<"$said" | cut -c 1-400) ($((SECONDS - started)) s)"
  rm -rf /tmp/* 2>/dev/null
done
echo "@@end"
