#!/usr/bin/env bash
# Checks the views of -o uapi and -o kbuild against what the kernel's own build makes.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/check-uapi.sh [-h] installed|programs|kbuild
  installed  -o uapi has what "make headers_install" installs, byte for byte, of x86 and of arm64
  programs   programs compile with the mount alone, and one of them runs
  kbuild     -o kbuild has the configuration that kconfig writes, and make ends with one line
Needs what scripts/setup.sh archives installs, the archives of make test, and root.
USAGE
}
case ${1-} in
  installed | programs | kbuild) ;;
  -h | --help) usage; exit ;;
  in-namespace) shift; temporary=$2 ;;
  *) usage >&2; exit 2 ;;
esac
# shellcheck source=scripts/limits.sh
source scripts/limits.sh
fail() { echo "check-uapi: $*" >&2; exit 1; }

# mount_view ARCHIVE DIR OPTION
mount_view() {
  mkdir -p "$2"
  within 6 out/kheadersfs -o "release=ignore,$3" "$1" "$2"
}

# As make headers_install does it, of the source that the archive was made from, with the archive's own headers in it: those have lost their
# comments (kernel/gen_kheaders.sh), and so have the generated ones.
check_installed() {
  local kernel name architecture tree
  kernel=$(scripts/unpack-kernel.sh)
  while read -r name architecture; do
    tree=$temporary/$architecture
    mkdir -p "$tree"/{archive,layer,work,kernel,build}
    tar -xf "out/archives/$name" -C "$tree/archive"
    mkdir -p "$tree/layer/include" "$tree/layer/arch/$architecture/include"
    cp -r "$tree/archive/include/uapi" "$tree/layer/include"
    cp -r "$tree/archive/arch/$architecture/include/uapi" "$tree/layer/arch/$architecture/include"
    mount -t overlay -o "lowerdir=$kernel,upperdir=$tree/layer,workdir=$tree/work" overlay "$tree/kernel"
    make -s -C "$tree/kernel" O="$tree/build" ARCH="$architecture" INSTALL_HDR_PATH="$tree/installed" -j "$(nproc)" headers_install >"$tree/log" 2>&1 ||
      fail "make headers_install: $(tail -n 5 "$tree/log")"
    find "$tree/installed" -name 'unistd_*.h' -exec perl -pi -e 'BEGIN { undef $/ } s/\/\*((?!SPDX).)*?\*\///smg' {} +
    mount_view "out/archives/$name" "$tree/mnt" uapi
    diff -r "$tree/installed/include" "$tree/mnt/include" >"$tree/difference" || fail "$architecture differs: $(head -n 20 "$tree/difference")"
    echo "check-uapi: $(find "$tree/mnt" -type f | wc -l) headers of $architecture are those of make headers_install"
    umount "$tree/mnt"
  done <<END
kheaders.tar.xz x86
arm64.tar.xz arm64
END
}

check_programs() {
  local archive=out/archives/kheaders.tar.xz
  [ "$(uname -m)" != aarch64 ] || archive=out/archives/arm64.tar.xz
  mount_view "$archive" "$temporary/mnt" uapi
  gcc -std=c11 -Wall -Werror -nostdinc -ffreestanding -fsyntax-only -I"$temporary/mnt/include" scripts/views/alone.c
  gcc -Wall -Werror -I"$temporary/mnt/include" -M scripts/views/program.c >"$temporary/depends"
  ! grep -E ' /usr/include/(linux|[^/]*/asm|asm-generic)/' "$temporary/depends" || fail "a program takes the distribution's headers of the kernel"
  gcc -Wall -Werror -I"$temporary/mnt/include" -o "$temporary/program" scripts/views/program.c
  "$temporary/program"
  umount "$temporary/mnt"
}

check_kbuild() {
  local kernel tree=$temporary/tree release status=0
  kernel=$(scripts/unpack-kernel.sh)
  release=$(uname -r)
  make -s -C "$kernel" O="$temporary/build" ARCH=x86 x86_64_defconfig syncconfig >"$temporary/log" 2>&1 || fail "$(tail -n 5 "$temporary/log")"
  mkdir -p "$tree/include/generated" "$tree/include/linux"
  cp "$temporary/build/include/generated/autoconf.h" "$tree/include/generated"
  echo "#define UTS_RELEASE \"$release\"" >"$tree/include/generated/utsrelease.h"
  echo '#define X 1' >"$tree/include/linux/x.h"
  tar -C "$tree" -c . | xz >"$temporary/kheaders.tar.xz"
  # What this system has of its own does not count.
  mkdir -p /boot
  mount -t tmpfs tmpfs /boot
  [ ! -e /proc/config.gz ] || mount --bind /dev/null /proc/config.gz
  cp "$temporary/build/.config" "/boot/config-$release"

  mount_view "$temporary/kheaders.tar.xz" "$temporary/mnt" kbuild 2>"$temporary/said"
  [ ! -s "$temporary/said" ] || fail "said: $(cat "$temporary/said")"
  cmp "$temporary/build/.config" "$temporary/mnt/.config"
  cmp "$temporary/build/include/config/auto.conf" "$temporary/mnt/include/config/auto.conf"
  [ "$(cat "$temporary/mnt/include/config/kernel.release")" = "$release" ] || fail "kernel.release"
  make --no-print-directory -C "$temporary/mnt" M="$temporary" modules >"$temporary/made" 2>&1 || status=$?
  [ "$status" -eq 2 ] || fail "make ended with $status"
  [ "$(wc -l <"$temporary/made")" -eq 1 ] || fail "make said: $(cat "$temporary/made")"
  grep 'scripts/' "$temporary/made" | grep -q 'Module\.symvers' || fail "make said: $(cat "$temporary/made")"
  umount "$temporary/mnt"

  # Another configuration is none of these headers.
  sed -i 's/^CONFIG_NET=y/# CONFIG_NET is not set/' "/boot/config-$release"
  mount_view "$temporary/kheaders.tar.xz" "$temporary/mnt" kbuild 2>"$temporary/said"
  grep "\.config: .*/boot/config-$release" "$temporary/said" | grep -qw not || fail "said: $(cat "$temporary/said")"
  for file in .config include/config/auto.conf; do
    [ ! -e "$temporary/mnt/$file" ] || fail "serves $file, which is of another kernel"
  done
  [ -e "$temporary/mnt/Makefile" ] || fail "has no Makefile"
  umount "$temporary/mnt"
  echo "check-uapi: .config and auto.conf are kconfig's, and make ends with: $(cat "$temporary/made")"
}

if [ -z "${temporary-}" ]; then
  temporary=$(mktemp -d)
  trap 'rm -rf --one-file-system "$temporary"' EXIT
  unshare --mount --propagation private --pid --fork --kill-child --mount-proc "$0" in-namespace "$1" "$temporary"
else
  "check_$1"
fi
