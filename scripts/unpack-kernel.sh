#!/usr/bin/env bash
# Unpacks the source of a kernel, once, for all that builds from it.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: scripts/unpack-kernel.sh [-h] [SOURCE.tar.xz]
Unpacks a kernel's source without its documentation and self-tests into out/NAME, where NAME is that of the archive, unless it
is there already, and prints the directory.
  SOURCE.tar.xz  default: /usr/src/linux-source-6.1.tar.xz, of the Debian package
USAGE
}
case ${1-} in
  -h | --help) usage; exit ;;
  -*) usage >&2; exit 2 ;;
esac

archive=${1:-/usr/src/linux-source-6.1.tar.xz}
[ -r "$archive" ] || { echo "unpack-kernel: $archive is missing: run scripts/setup.sh archives" >&2; exit 1; }
name=${archive##*/}
tree=$(cd "$(dirname "$0")/.." && pwd)/out/${name%.tar*}
mkdir -p "${tree%/*}"
# One at a time: whoever comes second finds it there.
exec 9>"$tree.lock"
flock 9
if [ ! -e "$tree" ]; then
  rm -rf "$tree.new"
  mkdir -p "$tree.new"
  tar -xf "$archive" -C "$tree.new" --strip-components=1 --exclude='*/Documentation/*/*' --exclude='*/tools/testing/*'
  mv "$tree.new" "$tree"
fi
echo "$tree"
