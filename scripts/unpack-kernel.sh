#!/usr/bin/env bash
# Unpacks the source of a kernel, once, for all that builds from it.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: scripts/unpack-kernel.sh [-h] [--find | SOURCE]
Unpacks a kernel's source without its documentation and self-tests into out/NAME, where NAME is that of the archive, unless it
is there already, and prints the directory.
  SOURCE  an archive; default: that of the newest package linux-source of Debian (6.1, 6.12, 7.2, ...) or Ubuntu in /usr/src
  --find  only prints that archive
USAGE
}
# newest_source: Debian's is an .xz; Ubuntu's a .bz2, with a link in /usr/src to it
newest_source() {
  local archive
  archive=$(find -L /usr/src -maxdepth 1 -type f -name 'linux-source-[0-9]*.tar.*' | sort -V | tail -n 1)
  [ -n "$archive" ] || { echo "unpack-kernel: no /usr/src/linux-source-*.tar.*: run scripts/setup.sh archives" >&2; exit 1; }
  echo "$archive"
}

case ${1-} in
  -h | --help) usage; exit ;;
  --find) newest_source; exit ;;
  -*) usage >&2; exit 2 ;;
esac

archive=${1:-$(newest_source)}
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
