#!/usr/bin/env bash
# The scenario takeover: init.sh has this script become systemd, process 1 of the guest, which then runs the scenario as a
# service. Everything that init.sh has set up is there.
# usage: takeover.sh boot | scenario
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
release=$(uname -r)
build=/lib/modules/$release/build
kills=50
# shellcheck source=scripts/limits.sh
source "$here/../limits.sh"

boot() {
  local units=/run/units target
  mount -t tmpfs -o mode=755 tmpfs /var/cache
  mkdir -p "$units/kheadersfs.service.d"
  for target in sysinit basic local-fs shutdown umount multi-user; do
    printf '[Unit]\nDefaultDependencies=no\n' >"$units/$target.target"
  done
  sed "s|/usr/local/bin/kheadersfs|$PROGRAM|" "$here/../../src/KHeadersFs/Systemd/kheadersfs.service" >"$units/kheadersfs.service"
  printf '[Service]\nStandardError=append:/run/server.log\n' >"$units/kheadersfs.service.d/log.conf"
  printf '%s\n' '[Unit]' DefaultDependencies=no '[Service]' Type=oneshot TimeoutStartSec=infinity \
    "Environment=KHEADERSFS_SLOWNESS=${KHEADERSFS_SLOWNESS:-1}" StandardOutput=append:/dev/console StandardError=append:/dev/console "ExecStart=/bin/bash $here/takeover.sh scenario" \
    >"$units/scenario.service"
  mkdir "$units/basic.target.wants"
  ln -s ../scenario.service "$units/basic.target.wants/"
  # No units but these: what the machine whose root this is would start is none of the scenario's business.
  exec env -i PATH="$PATH" SYSTEMD_UNIT_PATH="$units" /lib/systemd/systemd --system --unit=basic.target \
    --log-target=console --log-level=warning --show-status=no
}

fail() { echo "$*"; exit 1; }
# What is asked again and again starts no process, for the one processor is everybody's: a systemctl would take a second.
main_pid() {
  local process name
  while read -r process; do
    read -r name <"/proc/$process/comm" 2>/dev/null && [ "$name" = kheadersfs ] && echo "$process"
  done </sys/fs/cgroup/system.slice/kheadersfs.service/cgroup.procs
}
# From where it stopped before.
takeovers=0
taken_over() {
  local line
  while read -r line <&6; do
    [[ $line != *'took over'* ]] || takeovers=$((takeovers + 1))
  done
  [ "$takeovers" -ge "$1" ]
}
reads=0
have_read() {
  while read -r <&7; do reads=$((reads + 1)); done
  [ "$reads" -ge "$1" ] || ! alive "$reading"
}
alive() { kill -0 "$1" 2>/dev/null; }
# until_true WHAT COMMAND...
until_true() {
  local what=$1 until=$((SECONDS + $(limit 6)))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$until" ] || fail "waited in vain for $what: $(tail -qn 1 /run/server.log /tmp/reader | xargs -d '\n')"
    read -r -t 0.05 -u 9 || true # nobody writes to it
  done
}

# A header that is held open, and others that are opened, read past the page cache, with a line for each pair; says how many
# reads were right, which gave an error, and ends at wrong bytes.
# shellcheck disable=SC2016 # perl's own variables
reader='use strict; use Fcntl qw(O_RDONLY O_DIRECT); use Errno qw(ENOTCONN);
  my ($folder, $end) = @ARGV; my ($right, %failed) = (0);
  sub content { my ($file) = @_; my ($all, $got) = (""); sysseek($file, 0, 0);
    while ($got = sysread($file, my $part, 131072)) { $all .= $part } defined $got ? $all : undef }
  sub at { my ($path) = @_; my $file; sysopen($file, $path, O_RDONLY | O_DIRECT) ? $file : undef }
  my @names = map "$folder/$_.h", qw(sched fs mm skbuff list kernel); my %wanted = map { ($_ => content(at($_)) // die "$_: $!\n") } @names;
  my $held = at($names[0]); $| = 1; print "ready\n";
  until (-e $end) { for my $name (@names) { for my $file ($held, at($name)) {
    my $what = $file && $file == $held ? $names[0] : $name; my $all = $file ? content($file) : undef;
    if (!defined $all) { $failed{$! == ENOTCONN ? "ENOTCONN" : "$!"}++ } elsif ($all ne $wanted{$what}) { print "wrong bytes\n"; exit 1 }
    else { $right++ } } print "$name\n" } }
  print join(", ", "$right reads right", map { "$failed{$_} times $_" } sort keys %failed), "\n"'

compile() {
  local headers=$build/arch/x86/include
  "$compiler" -c -w -O1 -fno-stack-protector -nostdinc -D__KERNEL__ -DKBUILD_MODNAME='"kh"' -x c -o "$1" \
    -I"$headers" -I"$headers/generated" -I"$build/include" -I"$headers/uapi" -I"$headers/generated/uapi" \
    -I"$build/include/uapi" -I"$build/include/generated/uapi" -include "$build/include/linux/compiler-version.h" \
    -include "$build/include/linux/kconfig.h" -include "$build/include/linux/compiler_types.h" /tmp/source.c
}
# Compiles again and again, without anything remembered of the headers; the last line says how often.
compile_until() {
  local done=0
  renice -n 19 "$BASHPID" >/dev/null
  until [ -e "$1" ]; do
    compile /tmp/object 2>/tmp/compiler.err || { echo "a compile failed: $(head -n 1 /tmp/compiler.err)"; return 1; }
    cmp -s /tmp/before /tmp/object || { echo "a compile made another object file"; return 1; }
    done=$((done + 1))
    echo 3 >/proc/sys/vm/drop_caches
  done
  echo "$done"
}

takeover() {
  local pid count device reading compiling
  # It takes half of what clang does.
  compiler=$(command -v gcc) || { echo "gcc is not installed"; exit 77; }
  [ "$(readlink /proc/1/exe)" = "$(readlink -f /lib/systemd/systemd)" ] || fail "process 1 is not systemd"
  printf '#include <linux/sched.h>\n#include <linux/fs.h>\nint f(struct task_struct *t, struct inode *i) { return t->pid + i->i_nlink; }\n' >/tmp/source.c
  systemctl start kheadersfs.service || fail "the service does not start: $(tail -n 1 /run/server.log)"
  device=$(stat -c %d "$build")
  compile /tmp/before 2>/tmp/compiler.err || fail "the compile fails before anything is killed: $(head -n 1 /tmp/compiler.err)"
  mkfifo /tmp/nothing
  exec 6</run/server.log 9<>/tmp/nothing
  # Whoever reads has the processor when nobody else wants it: what is between two servers is quickly over.
  nice -n 19 perl -e "$reader" "$build/include/linux" /tmp/enough >/tmp/reader 2>&1 &
  reading=$!
  echo 3 >/proc/sys/vm/drop_caches
  compile_until /tmp/enough >/tmp/compiles 2>&1 &
  compiling=$!
  until_true "a reader" grep -sq ready /tmp/reader
  exec 7</tmp/reader

  for ((count = 1; count <= kills; count++)); do
    # Each server has given something, and somebody is in the middle of a read.
    until_true "a read" have_read $((reads + 1 + RANDOM % 6))
    if ! alive "$reading" || ! alive "$compiling"; then break; fi
    pid=$(main_pid)
    [ "/proc/$pid/exe" -ef "$PROGRAM" ] || fail "kill $count: $pid is no server"
    kill -KILL "$pid"
    until_true "server $count after kill -9" taken_over "$count"
    # What the kernel remembers of the tree must be asked for again.
    [ $((count % 5)) -ne 0 ] || echo 2 >/proc/sys/vm/drop_caches
  done
  touch /tmp/enough
  wait "$reading" || fail "a reader: $(tail -n 1 /tmp/reader)"
  wait "$compiling" || fail "$(tail -n 1 /tmp/compiles) (after $count kills)"
  ! grep -q ENOTCONN /tmp/reader || fail "$(tail -n 1 /tmp/reader)"
  [[ $(tail -n 1 /tmp/reader) =~ ^[0-9]{3,}\ reads\ right ]] || fail "too few reads: $(tail -n 1 /tmp/reader)"
  [ "$(stat -c %d "$build")" = "$device" ] || fail "it is another mount"
  [ "$takeovers" -eq "$kills" ] || fail "$takeovers takeovers, $kills kills"

  systemctl stop kheadersfs.service || fail "the service does not stop"
  ! grep -q ' fuse.kheadersfs ' /proc/mounts || fail "mounted after stop"
  [ ! -e "$build" ] || fail "the directory that mkdir made is left"
  [ "$(systemctl show -P NFileDescriptorStore kheadersfs.service)" = 0 ] || fail "systemd still has descriptors"
  [ -z "$(find /proc/[0-9]*/exe -lname "$PROGRAM" 2>/dev/null)" ] || fail "a server is left"
  ! grep -q '^kheaders ' /proc/modules || fail "the module is left"
  echo "$kills kills: $(tail -n 1 /tmp/reader), $(tail -n 1 /tmp/compiles) compiles made the same object file; stop left nothing"
}

case $1 in
  boot) boot ;;
  scenario)
    PROGRAM=$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' /run/units/kheadersfs.service)
    said=$(takeover 2>&1)
    case $? in
      0) word=passed ;;
      77) word=skipped ;;
      *) word=failed ;;
    esac
    echo "@@$word takeover: $(tail -n 1 <<<"$said" | cut -c 1-400) ($SECONDS s)"
    echo "@@end"
    echo b >/proc/sysrq-trigger
    ;;
esac
