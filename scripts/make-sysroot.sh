#!/usr/bin/env bash
# Fetches the libraries that a program for another architecture is linked with. Nothing of the system is changed.
set -euo pipefail
# shellcheck source=scripts/apt-lists.sh
. "$(dirname "$0")/apt-lists.sh"

usage() {
  cat <<'USAGE'
usage: scripts/make-sysroot.sh [-h] ARCHITECTURE DIR PACKAGE...
Unpacks Debian packages of another architecture (amd64, arm64) below DIR, with this machine's apt sources but with lists of
its own: nothing is installed, and dpkg need not know the architecture. Packages that are there already are left as they are.
USAGE
}
case ${1-} in
  -h | --help) usage; exit ;;
esac
[ $# -ge 3 ] || { usage >&2; exit 2; }
architecture=$1
mkdir -p "$2"
directory=$(readlink -f "$2")
shift 2
fail() { echo "make-sysroot: $*" >&2; exit 1; }

missing=()
for package; do
  # Some are links to the folder of another package, which is not there.
  [ -e "$directory/usr/share/doc/$package" ] || [ -L "$directory/usr/share/doc/$package" ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
  fail "no apt-get here; unpack what these Debian packages for $architecture hold into $directory: ${missing[*]}"
fi

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
mkdir "$temporary/packages"
{
  apt_lists "$temporary" "$architecture"
  cd "$temporary/packages"
  apt_get download "${missing[@]}"
} >"$temporary/log" 2>&1 || {
  cat "$temporary/log" >&2
  fail "could not download ${missing[*]} for $architecture"
}
for package in ./*.deb; do
  dpkg-deb -x "$package" "$directory"
done
