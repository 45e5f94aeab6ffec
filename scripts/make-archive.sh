#!/usr/bin/env bash
# Makes a kheaders.tar.xz: from header packages by the recipe of kernel/gen_kheaders.sh, or from a kernel's source by that itself.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=scripts/apt-lists.sh
. "$scripts/apt-lists.sh"

usage() {
  cat <<'EOF'
usage: scripts/make-archive.sh [-h] [-o OUT.tar.xz] [--block-size SIZE] [--keep-tree DIR] [HEADERS_DIR...]
       scripts/make-archive.sh [-h] [-o OUT.tar.xz] [--block-size SIZE] [--keep-tree DIR] --debian SUITE:ARCHITECTURE
       scripts/make-archive.sh [-h] [-o OUT.tar.xz] [--block-size SIZE] [--config TARGET] --kernel SOURCE
Makes a kernel headers archive. Equal headers give equal bytes.
  -o FILE            default: kheaders.tar.xz
  --block-size SIZE  start a new xz block every SIZE bytes (256KiB, 1MiB, ...); default: one block
  --keep-tree DIR    leave the tree that was packed in DIR, which must not exist
  HEADERS_DIR...     source tree, then build tree; default: those installed for the running kernel, else the newest
                     installed, else the distribution's headers, which are installed then
  --debian SUITE:ARCHITECTURE  the newest header packages of that suite of Debian (trixie:amd64, sid:arm64, ...), from the mirror
                     that this machine's apt has; nothing is installed. The archive says which kernel it is
  --kernel SOURCE    a kernel's source, as an archive or a directory that nothing was built in: the archive that this kernel
                     would carry, made by its own gen_kheaders.sh; needs what scripts/setup.sh archives installs
  --config TARGET    what configures that kernel; default: defconfig
  SRCARCH=...                  the kernel's name of the architecture's folder; default: this machine's
  ARCH=..., CROSS_COMPILE=...  with --kernel, as the kernel's make takes them (ARCH=arm64); default: this machine,
                               Debian's cross-compiler for another one
  XZ_OPT=...                   options of xz, as xz takes them (-1: in a seventh of the time)
  KBUILD_BUILD_TIMESTAMP=...   time of all members; default: that of the build tree's autoconf.h, of the source's Makefile
EOF
}
usage_error() { usage >&2; exit 2; }
fail() { echo "make-archive: $*" >&2; exit 1; }

out=kheaders.tar.xz
keep=
debian=
kernel=
config=defconfig
xz_options=(-T1)
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit ;;
    -o) out=${2:?}; shift 2 ;;
    --block-size) xz_options+=("--block-size=${2:?}"); shift 2 ;;
    --keep-tree) keep=${2:?}; shift 2 ;;
    --debian) debian=${2:?}; shift 2 ;;
    --kernel) kernel=${2:?}; shift 2 ;;
    --config) config=${2:?}; shift 2 ;;
    --) shift; break ;;
    -*) usage_error ;;
    *) break ;;
  esac
done

temporary=$(mktemp -d)
trap 'rm -rf "$temporary" "$out.new"' EXIT
mkdir -p "$(dirname "$out")"
report() { echo "make-archive: $out from $* ($(stat -c %s "$out") bytes)"; }

kernel_make() {
  make -C "$kernel" O="$temporary/build" ARCH="$ARCH" CROSS_COMPILE="${CROSS_COMPILE-}" -j "$(nproc)" "$@" \
    >>"$temporary/log" 2>&1 || { tail -n 20 "$temporary/log" >&2; fail "make $* failed in $kernel"; }
}

# batches: a directory with an xargs that gives a perl 200 files; gen_kheaders.sh starts one for each of 8,000, longer than all else takes
batches() {
  mkdir "$temporary/bin"
  # shellcheck disable=SC2016 # the script's own variables
  printf '#!/bin/sh\n[ "$1 $2 $3 $4" != "-0 -P8 -n1 perl" ] || { shift 3; set -- -0 -P %d -n 200 "$@"; }\nexec %s "$@"\n' \
    "$(nproc)" "$(command -v xargs)" >"$temporary/bin/xargs"
  chmod +x "$temporary/bin/xargs"
  echo "$temporary/bin"
}

# The archive that the kernel would carry; of the kernel itself only as much is built as generates headers.
make_from_kernel() {
  local machine
  if [ ! -d "$kernel" ]; then
    kernel=$("$scripts/unpack-kernel.sh" "$kernel")
  fi
  [ -f "$kernel/kernel/gen_kheaders.sh" ] || fail "$kernel has no kernel/gen_kheaders.sh: is it a kernel's source, 5.2 or later?"
  machine=$(uname -m)
  ARCH=${ARCH:-${machine/aarch64/arm64}}
  if [ -z "${CROSS_COMPILE-}" ] && [ "${ARCH/arm64/aarch64}" != "$machine" ]; then
    case $ARCH in
      arm64) CROSS_COMPILE=aarch64-linux-gnu- ;;
      x86_64) CROSS_COMPILE=x86_64-linux-gnu- ;;
      *) fail "set CROSS_COMPILE: what the names of the compilers for $ARCH start with" ;;
    esac
  fi
  command -v "${CROSS_COMPILE-}gcc" >/dev/null || fail "${CROSS_COMPILE-}gcc is missing: run scripts/setup.sh archives"

  # Who built it, where and when is in include/generated/compile.h and in every member.
  export KBUILD_BUILD_USER=kheadersfs KBUILD_BUILD_HOST=localhost
  export KBUILD_BUILD_TIMESTAMP="${KBUILD_BUILD_TIMESTAMP:-@$(stat -c %Y "$kernel/Makefile")}"
  mkdir "$temporary/build"
  kernel_make "$config"
  "$kernel/scripts/config" --file "$temporary/build/.config" --enable IKHEADERS
  kernel_make olddefconfig
  # Not XZ="xz ...": gen_kheaders.sh of 6.1 has "-I $XZ" without quotes, and tar has options of its own.
  XZ_OPT="${xz_options[*]} ${XZ_OPT-}" PATH=$(batches):$PATH kernel_make kernel/kheaders.o
  mv "$temporary/build/kernel/kheaders_data.tar.xz" "$out.new"
  mv "$out.new" "$out"
}

# Unpacks the newest header packages of a suite below $temporary/root; sets SRCARCH, headers, the package's name, and directories,
# the source tree and the build tree.
fetch_debian() {
  local architecture=${debian#*:} flavour common package
  # What the package without content is called, and the architecture's folder.
  case $architecture in
    amd64) flavour=amd64 SRCARCH=x86 ;;
    arm64) flavour=arm64 SRCARCH=arm64 ;;
    armhf) flavour=armmp SRCARCH=arm ;;
    loong64) flavour=loong64 SRCARCH=loongarch ;;
    ppc64el) flavour=powerpc64le SRCARCH=powerpc ;;
    riscv64) flavour=riscv64 SRCARCH=riscv ;;
    s390x) flavour=s390x SRCARCH=s390 ;;
    *) fail "--debian $debian: the architecture is none of amd64, arm64, armhf, loong64, ppc64el, riscv64, s390x" ;;
  esac
  mkdir "$temporary/apt" "$temporary/packages" "$temporary/root"
  apt_suite=${debian%%:*} apt_lists "$temporary/apt" "$architecture" >"$temporary/log" 2>&1
  headers=$(real_package linux-headers- "linux-headers-$flavour" 2>>"$temporary/log")
  [ -n "$headers" ] || { tail -n 5 "$temporary/log" >&2; fail "--debian $debian: apt found no linux-headers-$flavour"; }
  common=$(real_package 'linux-headers-.*-common' "$headers")
  (cd "$temporary/packages" && apt_get download "$headers" "$common") >>"$temporary/log" 2>&1 ||
    { tail -n 5 "$temporary/log" >&2; fail "--debian $debian: could not download $headers"; }
  for package in "$temporary/packages"/*.deb; do
    dpkg-deb -x "$package" "$temporary/root"
  done
  directories=("$temporary/root/usr/src/$common" "$temporary/root/usr/src/$headers")
}

if [ -n "$kernel" ]; then
  [ "$#$keep$debian" = 0 ] || usage_error
  make_from_kernel
  report "$(<"$temporary/build/include/config/kernel.release"), ARCH=$ARCH, $config"
  exit
fi

headers=
if [ -n "$debian" ]; then
  [ $# -eq 0 ] || usage_error
  fetch_debian
  set -- "${directories[@]}"
fi

# Ubuntu's build tree has links to directories of the source tree where Debian's has a second directory.
if [ $# -eq 1 ] && [ -L "$1/include/linux" ]; then
  source=$(readlink -f "$1/include/linux")
  set -- "${source%/include/linux}" "$1"
fi

if [ -z "${SRCARCH-}" ]; then
  case $(uname -m) in
    x86_64 | i?86) SRCARCH=x86 ;;
    aarch64) SRCARCH=arm64 ;;
    *) fail "set SRCARCH: the name below arch/ for $(uname -m)" ;;
  esac
fi

# A build directory with a Makefile comes from a package; one without may be a mount of ours.
newest_build() {
  local build
  for build in "/lib/modules/$(uname -r)/build" $(printf '%s\n' /lib/modules/*/build | sort -rV); do
    if [ -f "$build/Makefile" ] && [ -f "$build/include/generated/autoconf.h" ]; then
      echo "$build"
      return
    fi
  done
}

if [ $# -eq 0 ]; then
  build=$(newest_build)
  if [ -z "$build" ]; then
    "$scripts/setup.sh" headers >&2
    build=$(newest_build)
    [ -n "$build" ] || fail "no header package below /lib/modules"
  fi
  set -- "$build"
  source=${build%/build}/source
  [ ! -d "$source" ] || set -- "$source" "$build"
fi

stamp=${KBUILD_BUILD_TIMESTAMP-}
tree=$temporary/tree
mkdir "$tree"
for directory in "$@"; do
  [ -d "$directory" ] || fail "$directory: no such directory"
  for part in include "arch/$SRCARCH/include"; do
    [ -d "$directory/$part" ] || continue
    # utsversion.h is made after the archive.
    (cd "$directory" && find "$part" -name '*.h' ! -path include/generated/utsversion.h -print0) |
      tar -C "$directory" --null -T - -cf - | tar -C "$tree" --no-same-owner -xf -
  done
  if [ -z "$stamp" ] && [ -f "$directory/include/generated/autoconf.h" ]; then
    stamp=@$(stat -L -c %Y "$directory/include/generated/autoconf.h")
  fi
done
[ -f "$tree/include/generated/autoconf.h" ] || fail "no include/generated/autoconf.h in $*: is the build tree among them?"

# gen_kheaders.sh starts one perl per file; the expression is its own.
find "$tree" -type f -print0 |
  xargs -0 -n 200 -P "$(nproc)" perl -pi -e 'BEGIN {undef $/;}; s/\/\*((?!SPDX).)*?\*\///smg;'

tar --format=gnu --mtime="$stamp" --owner=0 --group=0 --sort=name --numeric-owner --mode=u=rw,go=r,a+X -C "$tree" -cf - . |
  xz "${xz_options[@]}" >"$out.new"
mv "$out.new" "$out"

if [ -n "$keep" ]; then
  [ ! -e "$keep" ] || fail "$keep exists"
  mv "$tree" "$keep"
fi
report "${headers:-$*}"
