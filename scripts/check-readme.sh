#!/usr/bin/env bash
# Runs the commands of README.md, as they stand there, where a reader would.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/check-readme.sh [-h] blocks|host|debian|other
Each block of commands in README.md says before it where it is run: <!-- run: KIND -->.
  blocks  each block says so
  host    "host" here; "root" by root here, with Debian's bpftrace; "user" by an ordinary user, who owns nothing but a home
  debian  "newcomer debian" and "newcomer" by a new user of a fresh Debian, in a root of its own with nothing but clang and sudo
  other   "newcomer other" and "newcomer" in a root with busybox and nothing else, as Alpine is made of; sudo is two lines there, and
          clang lies outside of it with the libraries that it wants
Needs root, what scripts/setup.sh test installs, the packages of out/packages and the archives of make test.
USAGE
}
# shellcheck source=scripts/limits.sh
source scripts/limits.sh
# shellcheck source=scripts/apt-lists.sh
source scripts/apt-lists.sh
# shellcheck source=scripts/needs.sh
. scripts/needs.sh
fail() { echo "check-readme: $*" >&2; exit 1; }

# blocks KIND: the commands of all blocks of a kind
blocks() {
  awk -v kind="$1" '
    /^<!-- run: / { sub(/^<!-- run: /, ""); sub(/ -->$/, ""); wanted = ($0 == kind); next }
    /^```/ { if (inside) inside = 0; else { inside = wanted; wanted = 0 } next }
    inside' README.md
}

check_blocks() {
  local kind
  awk '
    /^<!-- run: / {
      marked = NR
      if (!/^<!-- run: (host|root|user|newcomer|newcomer debian|newcomer other) -->$/) { print "README.md:" NR ": no such kind"; bad = 1 }
    }
    /^```/ { if (inside) { inside = 0; next } inside = 1; if (marked != NR - 1) { print "README.md:" NR ": says nowhere where it is run"; bad = 1 } }
    END { exit bad }' README.md >&2
  for kind in host root user newcomer 'newcomer debian' 'newcomer other'; do
    [ -n "$(blocks "$kind")" ] || fail "README.md: no block is run as: $kind"
  done
  echo "check-readme: $(grep -c '^<!-- run: ' README.md) blocks"
}

# The kernel of this namespace carries the archive; nothing is mounted for it yet.
prepare_kernel() {
  mount -t tmpfs -o mode=755 tmpfs "$1/sys/kernel"
  scripts/fit-archive.sh out/archives/kheaders.tar.xz "$1/sys/kernel/kheaders.tar.xz"
  mkdir -p "$1/lib/modules/$(uname -r)"
}

# Nothing is left of what was mounted. umount does not wait for the server, which then removes the directory and ends.
expect_nothing() {
  local until=$((SECONDS + $(limit 1)))
  ! grep -q kheadersfs /proc/self/mounts || fail "a mount is left: $(grep kheadersfs /proc/self/mounts)"
  while pgrep -x kheadersfs >/dev/null; do
    [ "$SECONDS" -lt "$until" ] || fail "a process is left"
    sleep 0.05
  done
  [ ! -e "$1/lib/modules/$(uname -r)/build" ] || fail "a directory is left"
}

# source_file: the lines that write prog.c
source_file() { blocks newcomer | sed -n '/^cat >prog.c /,/^END$/p'; }

# expect_loads FILE: the kernel takes it for a BPF program
expect_loads() {
  mkdir "$temporary/bpf"
  mount -t bpf bpf "$temporary/bpf"
  bpftool prog load "$1" "$temporary/bpf/program" || fail "$1 cannot be loaded"
  umount "$temporary/bpf"
}

check_host() {
  local home=$temporary/home said
  {
    echo 'set -e'
    blocks host
  } | SETUP=true bash
  scripts/demo.sh --unmount

  # As it is installed; sudo is for those who are not root.
  mount -t tmpfs -o mode=755 tmpfs /lib/modules
  prepare_kernel ""
  mkdir "$home" "$temporary/bin"
  cp out/kheadersfs "$temporary/bin"
  ln -s "$(scripts/find-clang.sh)" "$temporary/bin/clang"
  # shellcheck disable=SC2016 # its own parameters
  printf '#!/bin/sh\nexec "$@"\n' >"$temporary/bin/sudo"
  chmod 755 "$temporary/bin/sudo"
  said=$({
    echo 'set -e'
    blocks root
  } | env -i HOME="$home" PATH="$temporary/bin:/usr/bin:/bin:/usr/sbin" bash)
  # include/linux/sched.h
  grep -qx $((0x00200000)) <<<"$said" || fail "bpftrace has not printed PF_KTHREAD: $said"
  expect_nothing ""

  mknod -m 666 "$temporary/fuse" c 10 229
  mount --bind "$temporary/fuse" /dev/fuse
  rm "$temporary/bin/sudo"
  chown 65534:65534 "$home"
  {
    echo 'set -ex; cd'
    source_file
    blocks user
    echo 'test -s prog.bc'
  } | setpriv --reuid 65534 --regid 65534 --clear-groups env -i HOME="$home" PATH="$temporary/bin:/usr/bin:/bin" bash
  expect_nothing ""
  echo "check-readme: the commands work here, for root and for an ordinary user"
}

# A new root, of what apt knows here: made once, and again when it would be made of something else.
make_debian() {
  local root=out/readme/debian packages=clang,sudo,mount,fuse3 sources codename of
  # shellcheck disable=SC1091 # this system's
  codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
  sources=$(suite_source "$codename")
  [ -n "$sources" ] || fail "apt has no source of Debian's $codename"
  of=$(echo "$codename $packages $sources" | sha256sum)
  # One at a time: whoever comes second finds it there.
  mkdir -p out
  exec 9>out/readme.lock
  flock 9
  if [ "$(cat "$root.made" 2>/dev/null || true)" != "$of" ]; then
    rm -rf --one-file-system out/readme
    mkdir -p out/readme
    mirror_options >out/readme/apt.conf
    mmdebstrap --quiet --variant=minbase --aptopt=out/readme/apt.conf --include="$packages" "$codename" "$root" "$sources" 9>&-
    echo "$of" >"$root.made"
  fi
  exec 9>&-
}

# root_of DIR: mounts what a root has while it runs
start_root() {
  local device
  mkdir -p "$1"/{proc,sys,dev,tmp}
  mount -t proc proc "$1/proc"
  mount --rbind /sys "$1/sys"
  mount -t tmpfs -o mode=755 tmpfs "$1/dev"
  for device in null zero kmsg; do
    [ -c "/dev/$device" ] || continue
    touch "$1/dev/$device"
    mount --bind "/dev/$device" "$1/dev/$device"
  done
  mknod -m 666 "$1/dev/fuse" c 10 229 # as udev has it
  prepare_kernel "$1"
}

check_debian() {
  local root=$temporary/root
  mkdir "$temporary/layer" "$root"
  mount -t tmpfs -o mode=755 tmpfs "$temporary/layer"
  mkdir "$temporary/layer"/{upper,work}
  mount -t overlay -o "lowerdir=out/readme/debian,upperdir=$temporary/layer/upper,workdir=$temporary/layer/work" overlay "$root"
  start_root "$root"
  chroot "$root" useradd -m newcomer
  printf '127.0.0.1 localhost %s\n' "$(uname -n)" >"$root/etc/hosts"
  echo 'newcomer ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/newcomer"
  cp out/packages/*/kheadersfs_*_"$(dpkg --print-architecture)".deb "$root/home/newcomer"
  {
    echo 'set -ex'
    blocks 'newcomer debian'
    blocks newcomer
  } | chroot "$root" su - newcomer -c bash
  expect_loads "$root/home/newcomer/prog.o"
  expect_nothing "$root"
  echo "check-readme: a newcomer has mounted, compiled and unmounted in a fresh Debian"
}

check_other() {
  local root=$temporary/root compiler=/opt/compiler loader
  mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,etc,root,lib}
  mount --bind "$root" "$root"
  cp /bin/busybox "$root/bin"
  chroot "$root" /bin/busybox --install -s
  printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
  printf '#!/bin/sh\nexec "$@"\n' >"$root/usr/bin/sudo"
  # Made for another C library, as a compiler from elsewhere is there.
  mkdir -p "$root$compiler"
  mount --bind -o ro out/readme/debian "$root$compiler"
  loader=$(cd out/readme/debian && echo usr/lib/*-linux-gnu/ld-linux-*)
  printf '#!/bin/sh\nexec %s/%s --library-path %s %s "$@"\n' "$compiler" "$loader" \
    "$(cd out/readme/debian && printf ":$compiler/%s" usr/lib/*-linux-gnu usr/lib/llvm-*/lib | cut -c 2-)" \
    "$compiler/$(cd out/readme/debian && echo usr/lib/llvm-*/bin/clang)" >"$root/usr/bin/clang"
  chmod 755 "$root"/usr/bin/{sudo,clang}
  start_root "$root"
  cp out/packages/*/kheadersfs-*-linux-"$([ "$(uname -m)" = aarch64 ] && echo arm64 || echo x64)".tar.gz "$root/root"
  {
    echo 'set -ex'
    blocks 'newcomer other'
    blocks newcomer
  } | chroot "$root" env -i HOME=/root PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -c 'cd && sh'
  expect_loads "$root/root/prog.o"
  expect_nothing "$root"
  echo "check-readme: a newcomer has mounted, compiled and unmounted with busybox alone"
}

case ${1-} in
  blocks) check_blocks ;;
  host | debian | other)
    needs bpftool
    if [ "$1" = host ]; then needs bpftrace; else needs mmdebstrap; fi
    [ "$1" != other ] || needs busybox
    [ "$1" = host ] || make_debian
    temporary=$(mktemp -d)
    trap 'rm -rf --one-file-system "$temporary"' EXIT
    chmod 755 "$temporary"
    unshare --mount --propagation private --pid --fork --kill-child --mount-proc "$0" in-namespace "$1" "$temporary"
    ;;
  in-namespace)
    temporary=$3
    "check_$2"
    ;;
  -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
