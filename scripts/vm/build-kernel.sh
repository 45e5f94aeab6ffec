#!/usr/bin/env bash
# Builds the kernels that scripts/vm/run.sh boots: one source tree, one build folder, variants that differ in a few options.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/vm/build-kernel.sh [-h] [VARIANT]...
Builds small x86-64 kernels from Debian's linux-source package into out/vm/VARIANT; the default is all of them:
  builtin  CONFIG_IKHEADERS=y
  blocks   the same, the archive in xz blocks of 256 KiB, another release and another CONFIG_DEFAULT_HOSTNAME
  module   CONFIG_IKHEADERS=m
  none     without CONFIG_IKHEADERS
A variant that is newer than this script and kernel.config is left as it is.
  SOURCE=...  the package's archive; default: /usr/src/linux-source-6.1.tar.xz
  JOBS=...    default: one per processor
USAGE
}
fail() { echo "build-kernel: $*" >&2; exit 1; }
case ${1-} in
  -h | --help) usage; exit ;;
  -*) usage >&2; exit 2 ;;
esac
[ $# -gt 0 ] || set -- builtin blocks module none

fragment=scripts/vm/kernel.config
work=$PWD/out/vm
build=$work/build
log=$work/build.log
mkdir -p "$work"

kernel_make() {
  nice -n 19 make -C "$tree" O="$build" ARCH=x86_64 -j "${JOBS:-$(nproc)}" "$@" >>"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    fail "make $*: see $log"
  }
}

# configure LINE...: tinyconfig, the fragment, the lines; every one of them must be in what olddefconfig leaves.
configure() {
  local line
  kernel_make tinyconfig
  printf '%s\n' "$@" | cat "$fragment" - >>"$build/.config"
  kernel_make olddefconfig
  while read -r line; do
    case $line in
      CONFIG_*=n) ! grep -q "^${line%=n}=" "$build/.config" || fail "olddefconfig has not taken $line" ;;
      CONFIG_*) grep -qxF "$line" "$build/.config" || fail "olddefconfig has not taken $line" ;;
    esac
  done < <(printf '%s\n' "$@" | cat "$fragment" -)
}

build_variant() {
  local name=$1 release target=$work/$1 started=$SECONDS headers=y lines=()
  lines=("CONFIG_LOCALVERSION=\"-$name\"")
  case $name in
    builtin) ;;
    blocks) lines+=('CONFIG_DEFAULT_HOSTNAME="blocks"') ;;
    module) headers=m ;;
    none) headers=n ;;
    *) usage >&2; exit 2 ;;
  esac
  if [ "$target/bzImage" -nt "$fragment" ] && [ "$target/bzImage" -nt "$script" ]; then
    return
  fi
  tree=$(scripts/unpack-kernel.sh ${SOURCE:+"$SOURCE"})
  mkdir -p "$build"
  configure "${lines[@]}" "CONFIG_IKHEADERS=$headers"
  # Not XZ="xz --block-size=256KiB": gen_kheaders.sh of 6.1 has "-I $XZ" without quotes, and tar knows no --block-size.
  if [ "$name" = blocks ]; then
    rm -f "$build"/kernel/kheaders*
    XZ_OPT=--block-size=256KiB kernel_make bzImage
  else
    [ "$headers" != m ] || rm -f "$build"/kernel/kheaders*
    kernel_make bzImage modules
  fi
  release=$(<"$build/include/config/kernel.release")
  rm -rf "$target"
  mkdir -p "$target/modules/$release/kernel"
  if [ "$headers" = m ]; then
    cp "$build/kernel/kheaders.ko" "$target/modules/$release/kernel/"
  fi
  [ "$headers" = n ] || cp "$build/kernel/kheaders_data.tar.xz" "$target/"
  cp "$build/.config" "$target/config"
  echo "$release" >"$target/release"
  cp "$build/arch/x86/boot/bzImage" "$target/bzImage"
  echo "build-kernel: $name: $release, $((SECONDS - started)) s"
}

script=scripts/vm/build-kernel.sh
: >"$log"
for variant; do
  build_variant "$variant"
done
