#!/usr/bin/env bash
# Builds the .deb.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/packages/deb.sh [-h]
Builds out/packages/RID/kheadersfs_VERSION-RELEASE_ARCHITECTURE.deb of what make has built.
  RID=... RELEASE=... SOURCE_DATE_EPOCH=... OUTPUT=...  as in scripts/packages/common.sh
  MAINTAINER=...  default: KHeadersFs developers <kheadersfs@example.org>
USAGE
}
case ${1-} in
  '') ;;
  *) usage; [[ $1 = -h || $1 = --help ]] || exit 2; exit ;;
esac
# shellcheck source=scripts/packages/common.sh
source scripts/packages/common.sh

maintainer=${MAINTAINER:-KHeadersFs developers <kheadersfs@example.org>}
here=scripts/packages/deb
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
ZSHDIR=/usr/share/zsh/vendor-completions stage "$root"
documents=$root/usr/share/doc/kheadersfs

# What Debian's policy wants in another form than make install gives it.
gzip -9n "$root"/usr/share/man/man8/kheadersfs.8
for link in "$root"/usr/share/man/man8/mount.*; do
  ln -s kheadersfs.8.gz "$link.gz"
  rm "$link"
done
{ cat $here/copyright; sed -n 's/^Copyright (c) /Copyright: /p' LICENSE; echo "License: Expat"
  sed -n '/^Permission/,$ { s/^$/./; s/^/ /; p }' LICENSE; } >"$documents/copyright"
rm "$documents/LICENSE"
mv "$documents/CHANGELOG.md" "$documents/changelog"
{ echo "kheadersfs ($version-$release) unstable; urgency=medium"
  printf '\n  * See changelog.gz.\n\n'
  echo " -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")"; } >"$documents/changelog.Debian"
gzip -9n "$documents"/changelog*
install -D -m 644 $here/lintian-overrides "$root/usr/share/lintian/overrides/kheadersfs"

mkdir "$root/DEBIAN"
install -m 755 $here/postinst $here/prerm $here/postrm "$root/DEBIAN"
install -m 644 $here/triggers "$root/DEBIAN"
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
glibc=$(oldest_glibc)
{
  echo "Package: kheadersfs"
  echo "Version: $version-$release"
  echo "Architecture: $debian"
  echo "Maintainer: $maintainer"
  # In KiB, and not as the disk of the build counts.
  echo "Installed-Size: $(find "$root/usr" -type f -printf '%s\n' | awk '{ sum += int(($1 + 1023) / 1024) } END { print sum }')"
  [ -z "$glibc" ] || echo "Depends: libc6 (>= $glibc)"
  echo "Recommends: kmod"
  echo "Suggests: fuse3"
  echo "Section: utils"
  echo "Priority: optional"
  echo "Multi-Arch: foreign"
  echo "Description: $summary"
  printf '%s\n' "$description" | sed 's/^/ /'
} >"$root/DEBIAN/control"
set_times "$root"

package=$output/kheadersfs_$version-${release}_$debian.deb
# One thread: the number of threads shows in what xz writes.
dpkg-deb --root-owner-group -Zxz --threads-max=1 --build "$root" "$package" >/dev/null
echo "deb: $package, $(stat -c %s "$package") bytes"
