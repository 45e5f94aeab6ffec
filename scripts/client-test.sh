#!/usr/bin/env bash
# The BPF compilers and tracers of today, against a mounted archive of Linux 7 and nothing else.
# The last line counts: "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/client-test.sh [-h]
Makes a root of Debian sid (scripts/clients/make-root.sh, of pinned versions), mounts the archive of its kernel headers where the clients
look for those of the running kernel, and has clang, bcc and bpftrace compile and load programs, and bcc compile its own tools. Without
kprobes and tracefs: what needs those runs in make vm-test. Needs root; each check has a line.
  PROGRAM=...  the program; default: out/kheadersfs
What is written goes to a temporary directory. Mounts and processes end with the namespaces that they are in.
USAGE
}
fail() { echo "client-test: $*" >&2; exit 1; }

# shellcheck source=scripts/contain.sh
source scripts/contain.sh

begin() {
  [ "$(uname -m)" = x86_64 ] || fail "the root is one for x86-64"
  [ "$(id -u)" -eq 0 ] || fail "run it as root"
  (exec 3<>/dev/fuse) 2>/dev/null || fail "/dev/fuse cannot be opened"
  [ -x "$program" ] || fail "$program is missing: run make"
  scripts/clients/make-root.sh
  contain "$program"
}

# The root, with what is written in memory. Of /sys it has what bpftrace asks for before it begins: the list of processors, and a
# tracefs that has no events. The names of functions are those of the kernel. There is no BTF.
prepare_root() {
  mount -t tmpfs -o mode=755 tmpfs "$temporary"
  mkdir "$temporary"/{upper,work,root}
  mount -t overlay -o "lowerdir=$PWD/out/clients/root,upperdir=$temporary/upper,workdir=$temporary/work" overlay "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount -t sysfs sysfs "$root/sys"
  mount -t tmpfs tmpfs "$root/sys/kernel"
  mkdir -p "$root/sys/kernel/tracing/events" "$root/sys/kernel/debug/kprobes" "$root/clients" "$root/plain" "$build"
  ln -s ../tracing "$root/sys/kernel/debug/tracing"
  touch "$root/sys/kernel/tracing/available_events" "$root/sys/kernel/debug/kprobes/blacklist"
  awk '$2 ~ /[tT]/ && !$4 { print $3 }' /proc/kallsyms >"$root/sys/kernel/tracing/available_filter_functions"
  mount --bind scripts/clients "$root/clients"
  install "$program" "$root/usr/bin/kheadersfs"
  cp out/clients/kheaders.tar.xz "$root/"
}

# one NAME|KIND ARGUMENT...: a check, and its line
one() {
  local name=${1%%|*} said word=ok
  # shellcheck disable=SC2086 # words
  said=$(timeout -k 5 300 chroot "$root" /clients/check.sh ${1#*|} 2>&1) || word=FAILED
  printf '%-7s %s: %s\n' "$word" "$name" "$(tail -n 1 <<<"$said")"
}
# all: those on standard input, as many at once as there are processors
all() { xargs -d '\n' -P "$(nproc)" -n 1 "$0" one "$root" | tee -a "$results"; }

inside() {
  local failed headers=(linux/{sched,fs,skbuff,mm,blkdev,bpf,tracepoint,perf_event,nsproxy,pid_namespace,kprobes,ptrace,netdevice}.h
    linux/{if_ether,ip,mount,dcache,cred,cgroup,security,module,irq}.h net/{sock,tcp,inet_sock}.h)
  results=$temporary/results
  prepare_root
  all <<<"without a mount|bare"
  all <<<"mount|mount"
  for version in 19 21 22; do
    printf "%s\n" "${headers[@]}" | sed "s#.*#clang $version, &|clang $version &#"
  done | all
  printf "%s\n" "${headers[@]}" | sed "s#.*#bcc, &|bcc &#" | all
  sed -n '/^[^#]/s/^\([^ ]*\).*/bcc, tool \1|tool &/p' scripts/clients/bcc-tools | all
  tar -xf out/clients/kheaders.tar.xz -C "$root/plain"
  sed -n "s#^\(ok\|parse-error\) \(.*\)#bpftrace, \2|bpftrace /lib/modules/$(uname -r)/build \2 \1#p" scripts/clients/bpftrace | all
  sed -n 's#^\(ok\|parse-error\) \(.*\)#bpftrace, \2 of a plain directory|bpftrace /plain \2 \1#p' scripts/clients/bpftrace | all
  all <<<"unmount|unmount"
  failed=$(grep -c '^FAILED' "$results" || true)
  echo "$(grep -c '^ok' "$results" || true) passed, $failed failed, 0 skipped"
  [ "$failed" -eq 0 ]
}

program=${PROGRAM:-out/kheadersfs}
case ${1-} in
  '') begin ;;
  one)
    root=$2
    one "$3"
    ;;
  inside)
    program=$2 temporary=$3 root=$3/root
    build=$root/lib/modules/$(uname -r)/build
    inside
    ;;
  -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
