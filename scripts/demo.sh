#!/usr/bin/env bash
# The whole of it in one command: build, find or make a headers archive, mount it, compile an eBPF program against the mount.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'EOF'
usage: scripts/demo.sh [-h] [--unmount]
Mounts a kernel headers archive at out/demo/mnt and compiles scripts/demo.bpf.c against it.
  --unmount  only unmount what an earlier run left
EOF
}

mnt=$PWD/out/demo/mnt
archive=out/archives/kheaders.tar.xz
kernel_archive=/sys/kernel/kheaders.tar.xz

fail() { echo "demo: $*" >&2; exit 1; }

if [ "$(id -u)" -eq 0 ]; then
  unmount_command=(umount "$mnt")
else
  unmount_command=(fusermount3 -u "$mnt")
fi
# Read from the table: the directory itself cannot be asked when its server is gone.
unmount() {
  if grep -qF " ${mnt// /\\040} fuse" /proc/self/mounts; then
    "${unmount_command[@]}"
  fi
}

case ${1-} in
  '') ;;
  -h | --help) usage; exit ;;
  --unmount) unmount; exit ;;
  *) usage >&2; exit 2 ;;
esac

# step TEXT COMMAND...: runs the command and keeps how long it took.
table=
step() {
  local text=$1 start=$EPOCHREALTIME microseconds
  shift
  "$@"
  microseconds=$((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}))
  table+=$(printf '%9d.%02d s  %s' $((microseconds / 1000000)) $((microseconds / 10000 % 100)) "$text")$'\n'
}

find_archive() {
  [ -e "$kernel_archive" ] || modprobe kheaders 2>/dev/null || true
  if [ -r "$kernel_archive" ]; then
    archive=$kernel_archive
    origin="this kernel's own"
  else
    make -s "$archive"
    origin="this kernel carries none: made from header packages"
  fi
}

compile() {
  local flags clang
  clang=$(scripts/find-clang.sh)
  read -ra flags < <(out/kheadersfs cflags "$mnt")
  # As the manual has it, and as bcc does it: the kernel's headers are read for the machine's own target, the result is turned into BPF.
  "$clang" -O2 -g "${flags[@]}" -MD -MF out/demo/demo.d -emit-llvm -c scripts/demo.bpf.c -o out/demo/demo.bc &&
    "$clang" -O2 --target=bpf -Wno-override-module -c out/demo/demo.bc -o out/demo/demo.o
}

[ -c /dev/fuse ] || modprobe fuse 2>/dev/null || true
[ -c /dev/fuse ] || fail "no /dev/fuse: load the module (modprobe fuse); a container needs --device /dev/fuse --cap-add SYS_ADMIN"
(exec 3<>/dev/fuse) 2>/dev/null || fail "cannot open /dev/fuse ($(stat -c '%A %U' /dev/fuse)): run this as root"

unmount
mkdir -p "$mnt"
step "packages" "${SETUP:-scripts/setup.sh}" build demo
step "program out/kheadersfs" make -s out/kheadersfs
step "archive" find_archive
step "mount" out/kheadersfs "$archive" "$mnt"
step "first compile of scripts/demo.bpf.c" compile
step "second compile" compile

headers=$(grep -oF "$mnt/" out/demo/demo.d | wc -l)
release=$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$mnt/include/generated/utsrelease.h")
cat <<EOF

archive   $archive ($(stat -L -c %s "$archive") bytes; $origin)
kernel    $release
mounted   $mnt ($(find "$mnt" -type f | wc -l) files)
compiled  out/demo/demo.o, an eBPF object, from $headers of them

$table
Look around in $mnt
To unmount: ${unmount_command[*]}
EOF
