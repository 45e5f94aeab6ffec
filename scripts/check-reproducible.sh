#!/usr/bin/env bash
# Builds everything a second time, in another folder, and compares the bytes.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/check-reproducible.sh [-h]
Copies the sources to a temporary folder, builds program, manual and packages there, and compares them with those of this folder,
which make packages has built.
  RID=...  linux-x64 or linux-arm64; default: this machine's
USAGE
}
case ${1-} in
  '') ;;
  *) usage; [[ $1 = -h || $1 = --help ]] || exit 2; exit ;;
esac
# shellcheck source=scripts/packages/common.sh
source scripts/packages/common.sh

here=$PWD
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
# Another length, too.
copy=$temporary/another-folder
mkdir -p "$copy/$below"
tar --exclude=bin --exclude=obj -c src scripts tests/Directory.Build.props Makefile LICENSE .editorconfig | tar -x -C "$copy"
# Nothing but what was downloaded is shared. The manual of another architecture's packages is made by this machine's program.
if [ "$RID" != "$host" ]; then
  ln -s "$here/$below/sysroot" "$copy/$below/sysroot"
  cp -p out/kheadersfs out/kheadersfs.8 "$copy/out"
fi
cd "$copy"
make -s SETUP=true RID="$RID" packages

cd "$here"
same=0
compare() {
  cmp "$1" "$copy/$1" || fail "another folder gives other bytes: $1"
  same=$((same + 1))
}
compare "$program"
compare out/kheadersfs.8
for package in "$copy/$output"/*; do
  compare "$output/${package##*/}"
done
[ "$same" -eq 6 ] || fail "compared $same files instead of 6"
echo "check-reproducible: $same files are the same, $RID"
