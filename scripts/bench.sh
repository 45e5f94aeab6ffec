#!/usr/bin/env bash
# Measures mounting and compiling against xz and a tree on tmpfs, in interleaved rounds, and prints medians and ratios.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'EOF'
usage: scripts/bench.sh [-h] [ARCHIVE]
Compares out/kheadersfs with "xz -dc" and with the archive extracted to tmpfs. Needs root.
  ROUNDS=...   rounds, of which the medians are printed; default: 7
  OPTIONS=...  mount options; default: release=ignore
EOF
}
case ${1-} in
  -h | --help) usage; exit ;;
esac

archive=${1:-out/archives/kheaders.tar.xz}
rounds=${ROUNDS:-7}
program=out/kheadersfs
fail() { echo "bench: $*" >&2; exit 1; }
[ -x "$program" ] || fail "no $program: run make"
[ -r "$archive" ] || fail "no $archive: run make demo, or give one"

scratch=$(mktemp -d /dev/shm/kheadersfs-bench.XXXXXX)
mnt=$scratch/mnt
trap 'umount -l "$mnt" 2>/dev/null || true; rm -rf "$scratch"' EXIT
mkdir "$mnt" "$scratch/tree" "$scratch/times"
tar -xJf "$archive" -C "$scratch/tree"
cat >"$scratch/sample.c" <<'EOF'
#include <linux/sched.h>
#include <linux/fs.h>
#include <linux/skbuff.h>
#include <linux/mm.h>
#include <linux/blkdev.h>
#include <net/tcp.h>
int sample(struct task_struct *task) { return task->pid; }
EOF

compile() {
  local r=$1
  clang-14 -O2 -target x86_64 -S -emit-llvm -nostdinc -isystem "$(clang-14 -print-resource-dir)/include" \
    -D__KERNEL__ -DKBUILD_MODNAME='"bench"' -D__BPF_TRACING__ -Wno-everything -fno-stack-protector -x c \
    -I"$r/arch/x86/include" -I"$r/arch/x86/include/generated" -I"$r/include" -I"$r/arch/x86/include/uapi" \
    -I"$r/arch/x86/include/generated/uapi" -I"$r/include/uapi" -I"$r/include/generated/uapi" \
    -include "$r/include/linux/compiler-version.h" -include "$r/include/linux/kconfig.h" \
    -include "$r/include/linux/compiler_types.h" -o /dev/null "$scratch/sample.c"
}

# time_it NAME COMMAND...: appends the microseconds that it took to the times of NAME
time_it() {
  local name=$1 start=$EPOCHREALTIME
  shift
  "$@" >/dev/null
  echo $((${EPOCHREALTIME/[.,]/} - ${start/[.,]/})) >>"$scratch/times/$name"
}

median() { sort -n "$scratch/times/$1" | sed -n "$(((rounds + 1) / 2))p"; }

server() { pgrep -f -- "-- $archive $mnt\$"; }
# server_kib FIELD: of the server of the last mount
server_kib() {
  awk -v field="$1:" '$1 == field { print $2 }' "/proc/$(server)/status"
}

mount_it() { "$program" -o "${OPTIONS:-release=ignore}" "$archive" "$mnt"; }
read_tree() { tar cf - -C "$mnt" . | wc -c; }

for ((round = 0; round < rounds; round++)); do
  time_it xz xz -dc "$archive"
  time_it tmpfs compile "$scratch/tree"
  time_it ready mount_it
  mounted=$(server_kib VmRSS)
  time_it first compile "$mnt"
  time_it second compile "$mnt"
  time_it tree read_tree
  used=$(server_kib VmRSS)
  store=$(find "/proc/$(server)/fd/" -lname '*kheadersfs-store*' -exec stat -L -c %b {} +)
  umount "$mnt"
done

row() {
  printf '| %s | %d.%03d s | %d.%02d x %s |\n' "$1" $(($2 / 1000000)) $(($2 / 1000 % 1000)) \
    $(($2 * 100 / $3 / 100)) $(($2 * 100 / $3 % 100)) "$4"
}
echo "$(nproc) processors, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), kernel $(uname -r), $rounds rounds, $(date +%F)"
echo
echo "| what | median | ratio |"
echo "|---|---|---|"
row "start to mounted" "$(median ready)" "$(median xz)" "xz -dc"
row "first compile" "$(median first)" "$(median tmpfs)" "tmpfs"
row "second compile" "$(median second)" "$(median tmpfs)" "tmpfs"
row "whole tree, tar" "$(median tree)" "$(median xz)" "xz -dc"
echo
echo "server $((mounted)) KiB resident when mounted, $((used)) KiB after all of it; store $((store / 2)) KiB"
