#!/usr/bin/env bash
# Builds the tarball with an install script.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/packages/tarball.sh [-h]
Builds out/packages/RID/kheadersfs-VERSION-RID.tar.gz of what make has built: files/ as for /usr, openrc/, and install.sh.
  RID=... SOURCE_DATE_EPOCH=... OUTPUT=...  as in scripts/packages/common.sh
USAGE
}
case ${1-} in
  '') ;;
  *) usage; [[ $1 = -h || $1 = --help ]] || exit 2; exit ;;
esac
# shellcheck source=scripts/packages/common.sh
source scripts/packages/common.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name=kheadersfs-$version-$RID
stage "$work/stage"
mkdir "$work/$name"
mv "$work/stage/usr" "$work/$name/files"
# The links of mount(8) are made where its directory is known.
rm -r "$work/$name/files/sbin"
install -m 755 scripts/packages/install.sh "$work/$name"
install -D -m 755 src/KHeadersFs/OpenRC/kheadersfs "$work/$name/openrc/kheadersfs"
install -m 644 LICENSE "$work/$name"

package=$output/$name.tar.gz
pack "$work" "$name" | gzip -9n >"$package"
echo "tarball: $package, $(stat -c %s "$package") bytes"
