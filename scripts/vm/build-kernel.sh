#!/usr/bin/env bash
# Builds the kernel that scripts/vm/run.sh boots with its headers built in.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/vm/build-kernel.sh [-h]
Builds a small x86-64 kernel with CONFIG_IKHEADERS=y from Debian's linux-source package into out/vm/builtin: the one case that
no kernel of Debian's packages covers (fetch-kernel.sh has the others). One that is newer than this script and kernel.config
is left as it is.
  SOURCE=...  the package's archive; default: the newest /usr/src/linux-source-*.tar.xz
  JOBS=...    default: one per processor
USAGE
}
fail() { echo "build-kernel: $*" >&2; exit 1; }
case ${1-} in
  '') ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac

script=scripts/vm/build-kernel.sh
fragment=scripts/vm/kernel.config
work=$PWD/out/vm
target=$work/builtin
build=$work/build
log=$work/build.log
if [ "$target/vmlinuz" -nt "$fragment" ] && [ "$target/vmlinuz" -nt "$script" ]; then
  exit
fi
mkdir -p "$build"
: >"$log"

kernel_make() {
  nice -n 19 make -C "$tree" O="$build" ARCH=x86_64 -j "${JOBS:-$(nproc)}" "$@" >>"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    fail "make $*: see $log"
  }
}

started=$SECONDS
tree=$(scripts/unpack-kernel.sh ${SOURCE:+"$SOURCE"})
kernel_make tinyconfig
cat "$fragment" >>"$build/.config"
kernel_make olddefconfig
while read -r line; do
  case $line in
    CONFIG_*) grep -qxF "$line" "$build/.config" || fail "olddefconfig has not taken $line" ;;
    '# CONFIG_'*' is not set') ! grep -q "^$(cut -d ' ' -f 2 <<<"$line")=" "$build/.config" || fail "olddefconfig has not taken $line" ;;
  esac
done <"$fragment"
kernel_make bzImage
release=$(<"$build/include/config/kernel.release")
rm -rf "$target"
mkdir -p "$target/modules/$release"
cp "$build/.config" "$target/config"
echo "$release" >"$target/release"
cp "$build/arch/x86/boot/bzImage" "$target/vmlinuz"
echo "build-kernel: builtin: $release, $((SECONDS - started)) s"
