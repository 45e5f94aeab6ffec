#!/usr/bin/env bash
# One check of scripts/client-test.sh, in its root, where /clients is this directory. The last line says what was seen; status 0 is
# what is wanted.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit
build=/lib/modules/$(uname -r)/build

# first_error FILE: the line that says why, or the last one
first_error() { { grep -m 1 -E 'error|Error|ERROR' "$1" || tail -n 1 "$1"; } | cut -c 1-200; }
fail() { echo "$*"; exit 1; }

# clang VERSION HEADER: two steps, as in the README: the machine's own LLVM IR, then BPF; the kernel takes the object
check_clang() {
  local flags
  printf '#include <%s>\n__attribute__((section("socket"), used)) int seen(void *context) { return 0; }\n' "$2" >program.c
  flags=$(kheadersfs cflags 2>said) || fail "cflags: $(first_error said)"
  # shellcheck disable=SC2086 # flags
  "clang-$1" -O2 -S -emit-llvm $flags -o program.ll program.c 2>said || fail "$(first_error said)"
  "clang-$1" -O2 -target bpf -Wno-override-module -x ir -c -o program.o program.ll 2>said || fail "to BPF: $(first_error said)"
  /clients/load.py program.o >said 2>&1 || fail "$(first_error said)"
  echo "a BPF object, loaded"
}

# bcc HEADER: compiled by bcc's own compiler, and the kernel takes it
check_bcc() {
  /clients/load-bcc.py "$1" >said 2>&1 || fail "$(first_error said)"
  echo "compiled and loaded"
}

# tool NAME [ARGUMENT]...: a tool of bcc
check_tool() {
  local name=$1
  shift
  timeout 120 /clients/compile-tool.py "/usr/sbin/$name-bpfcc" "$@" >out 2>said </dev/null || fail "$(first_error said)"
  [ "$(tail -n 1 out)" = compiled ] || fail "it did not come to its program: $(tail -n 1 out)"
  echo compiled
}

# bpftrace DIR HEADER ok|parse-error: a program that includes it does what is written in scripts/clients/bpftrace
check_bpftrace() {
  local status=0
  BPFTRACE_KERNEL_SOURCE=$1 bpftrace -e "#include <$2>
begin { printf(\"began with %d bytes\\n\", sizeof(struct list_head)); exit(); }" >out 2>said || status=$?
  if [ "$3" = ok ]; then
    grep -q '^began with 16 bytes' out || fail "status $status: $(first_error said)"
    [ "$status" -eq 0 ] || fail "status $status"
    echo "compiled, loaded and run"
  elif [ "$status" -eq 0 ]; then
    fail "it works now: bpftrace has changed; put it into scripts/clients/bpftrace, and see what the README says"
  else
    # Unnamed members of a named type, which are nothing without -fms-extensions.
    grep -qE "error: (static assertion failed due to requirement 'sizeof\(struct filename\)|no member named 'ns_id' in 'struct ns_common')" said ||
      fail "another error than that of Linux 7 without -fms-extensions: $(first_error said)"
    echo "a parse error for want of -fms-extensions, as is known"
  fi
}

# bare: where nothing is mounted, none of them finds a kernel's headers elsewhere
check_bare() {
  [ -z "$(find "$build" /usr/include /usr/src /sys/kernel/btf -mindepth 1 2>/dev/null)" ] || fail "there are headers or BTF besides the mount"
  [ "$(ls /lib/modules)" = "$(uname -r)" ] || fail "modules of other kernels: $(ls /lib/modules)"
  ! /clients/load-bcc.py linux/sched.h >said 2>&1 || fail "bcc finds linux/sched.h"
  ! bpftrace -e '#include <linux/sched.h>
begin { exit(); }' >said 2>&1 || fail "bpftrace finds linux/sched.h"
  ! kheadersfs cflags >said 2>&1 || fail "kheadersfs finds headers"
  echo "neither bcc nor bpftrace nor cflags finds any"
}

# mount: the archive is where the clients look
check_mount() {
  timeout 60 kheadersfs -o release=ignore /kheaders.tar.xz "$build" || fail "status $?"
  sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$build/include/generated/utsrelease.h"
}

# unmount: nothing is left, and nobody has unpacked anything
check_unmount() {
  local end=$((SECONDS + 20))
  [ -z "$(find /tmp /var/tmp -maxdepth 1 -name 'kheaders-*')" ] || fail "an archive was unpacked: $(ls /tmp)"
  umount "$build" || fail "status $?"
  ! grep -q fuse.kheadersfs /proc/self/mounts || fail "a mount is left"
  while find /proc/[0-9]*/exe -lname '*/kheadersfs' 2>/dev/null | grep -q .; do
    [ "$SECONDS" -lt "$end" ] || fail "a server is left"
    sleep 0.1
  done
  echo "no mount, no server, nothing in /tmp"
}

kind=$1
shift
"check_$kind" "$@"
