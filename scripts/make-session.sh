#!/usr/bin/env bash
# Makes the README's picture of a terminal: the commands of scripts/session/commands are run, and what they print is drawn.
set -euo pipefail
cd "$(dirname "$0")/.."
picture=src/docs/session.svg

usage() {
  cat <<'USAGE'
usage: scripts/make-session.sh [-h] [--check]
Mounts the archive of out/archives as the kernel's own, in a namespace, with the program of out, and writes src/docs/session.svg.
  --check  write nothing, and fail if the picture shows another session; numbers may differ
USAGE
}
case ${1-} in
  '' | --check) ;;
  -h | --help) usage; exit ;;
  in-namespace) temporary=$2 ;;
  *) usage >&2; exit 2 ;;
esac

# What the machine of the picture has: the archive of the kernel that runs, and the tools by their usual names.
prepare() {
  local sbin
  sbin=$(readlink -f /sbin)
  mkdir "$temporary"/{bin,sbin,work}
  printf '#!/bin/sh\nexec "$@"\n' >"$temporary/bin/sudo"
  chmod 755 "$temporary/bin/sudo"
  ln -s "$PWD/out/kheadersfs" "$temporary/bin/kheadersfs"
  ln -s "$PWD/out/kheadersfs" "$temporary/sbin/mount.fuse.kheadersfs"
  ln -s "$(scripts/find-clang.sh)" "$temporary/bin/clang"
  cp scripts/demo.bpf.c "$temporary/work/tracer.c"
  mount -t overlay -o "lowerdir=$temporary/sbin:$sbin" overlay "$sbin"
  mount -t tmpfs tmpfs /sys/kernel
  scripts/fit-archive.sh out/archives/kheaders.tar.xz /sys/kernel/kheaders.tar.xz
  mount -t tmpfs -o mode=755 tmpfs /lib/modules
  mkdir "/lib/modules/$(uname -r)"
}

if [ "${1-}" = in-namespace ]; then
  here=$PWD
  prepare
  cd "$temporary/work"
  PATH=$temporary/bin:$PATH exec python3 "$here/scripts/session/draw.py" "$here/scripts/session/commands" "${@:3}"
fi

temporary=$(mktemp -d)
trap 'rm -rf --one-file-system "$temporary"' EXIT
run() { unshare --mount --propagation private --pid --fork --kill-child --mount-proc "$0" in-namespace "$temporary" "$@"; }
if [ $# -eq 1 ]; then
  run --check "$PWD/$picture"
  echo "make-session: $picture is what happens"
else
  run >"$temporary/session.svg"
  cp "$temporary/session.svg" "$picture"
fi
