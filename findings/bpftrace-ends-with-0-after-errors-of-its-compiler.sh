#!/usr/bin/env bash
# bpftrace 0.27.1 where the kernel has BTF: a program that includes a header of a kernel's tree which is right (Linux 7.2's linux/sched.h, of Debian's
# packages) makes the compiler print 220 lines of "error:" and "too many errors emitted"; bpftrace goes on, attaches, runs and ends with 0. Without BTF
# the same program prints no error. One would expect a compiler's errors to end it, or none to be printed. `sizeof(struct task_struct)` is what the headers say.
# Seen on 2026-12-01 with Debian sid's bpftrace 0.27.1-1 and linux-headers 7.2.13-1, on Linux 6.18 with BTF and without tracefs (an empty one is put there). Needs root.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/apt-lists.sh
. scripts/apt-lists.sh
[ -r /sys/kernel/btf/vmlinux ] || { echo "this kernel has no BTF" >&2; exit 77; }
if [ "${1-}" != inside ]; then
  work=$(mktemp -d)
  trap 'rm -rf --one-file-system "$work"' EXIT
  mkdir "$work/apt"
  apt_suite=sid apt_lists "$work/apt" amd64 >/dev/null 2>&1
  for package in bpftrace=0.27.1-1 linux-headers-amd64=7.2.13-1; do
    apt_cache show "$package" 2>/dev/null | grep -q . || { echo "the mirror has no $package" >&2; exit 77; }
  done
  mmdebstrap --mode=root --variant=essential --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"' \
    --include=bpftrace,clang-21,mount sid "$work/root" "$work/apt/sources.list" >/dev/null 2>&1 || { echo "cannot make a root of sid" >&2; exit 77; }
  scripts/make-archive.sh -o "$work/archive.tar.xz" --keep-tree "$work/root/headers" --debian sid:amd64 >/dev/null
  unshare --mount "$0" inside "$work/root"
  exit
fi
root=$2
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t sysfs sysfs "$root/sys"
cp /sys/kernel/btf/vmlinux "$root/btf"
# count: what bpftrace prints and how it ends
count() {
  local status=0
  BPFTRACE_KERNEL_SOURCE=/headers timeout 120 chroot "$root" bpftrace -e '#include <linux/sched.h>
begin { printf("size %d\n", sizeof(struct task_struct)); exit(); }' >"$root/out" 2>"$root/err" || status=$?
  echo "status $status, $(grep -c 'error:' "$root/err" || true) errors, $(grep '^size' "$root/out" || true)"
}
mount -t tmpfs tmpfs "$root/sys/kernel"
mkdir -p "$root/sys/kernel/tracing/events" "$root/sys/kernel/btf"
touch "$root/sys/kernel/tracing/available_events" "$root/sys/kernel/tracing/available_filter_functions"
without=$(count)
cp "$root/btf" "$root/sys/kernel/btf/vmlinux"
with=$(count)
chroot "$root" bpftrace --version
echo "without BTF: $without"
echo "with BTF:    $with"
[[ $without == "status 0, 0 errors, size "* && $with =~ ^status\ 0,\ [12][0-9][0-9]\ errors,\ size ]] || { echo "this has changed" >&2; exit 1; }
