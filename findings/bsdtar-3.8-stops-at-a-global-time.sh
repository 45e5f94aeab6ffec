#!/usr/bin/env bash
# bsdtar 3.8.10 ends with 1 at the first member of a tar whose global PAX header has a time, says "Unsupported pax global extended header attribute", and
# unpacks nothing; up to 3.7.4 it ignored the record and unpacked all. POSIX has such records, and GNU tar writes them: --pax-option=mtime=... is the
# way to one time for all members. One would expect a reader to learn the record, or to go on ignoring it. A comment alone, as git writes, is read.
# Seen on 2026-12-01 with Debian's libarchive-tools 3.7.4-4+deb13u1 (trixie) and 3.8.10-2 (sid), and GNU tar 1.34. Needs root and mmdebstrap.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/apt-lists.sh
. scripts/apt-lists.sh
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT

mkdir "$work/tree"
echo 1 >"$work/tree/a.h"
tar --format=posix --pax-option=mtime=1600000000 -cf "$work/time.tar" -C "$work/tree" a.h
tar --format=posix --pax-option=comment=x -cf "$work/comment.tar" -C "$work/tree" a.h

# seen SUITE VERSION: how bsdtar of the suite ends for both, and what it unpacks of the first
seen() {
  local root=$work/$1 apt=$work/$1-apt name status=()
  mkdir "$apt"
  apt_suite=$1 apt_lists "$apt" amd64 >/dev/null 2>&1
  [ -n "$(apt_cache show "libarchive-tools=$2" 2>/dev/null)" ] || { echo "the mirror has no libarchive-tools $2 in $1" >&2; exit 77; }
  mmdebstrap --mode=root --variant=essential --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"' \
    --include=libarchive-tools "$1" "$root" "$apt/sources.list" >/dev/null 2>&1 || { echo "cannot make a root of $1" >&2; exit 77; }
  mkdir -p "$root/out"
  for name in time comment; do
    cp "$work/$name.tar" "$root"
    if chroot "$root" bsdtar -xf "/$name.tar" -C /out 2>>"$work/said"; then status+=(0); else status+=($?); fi
    [ "$name" != time ] || status+=("$(find "$root/out" -type f | wc -l)")
  done
  echo "${status[*]}"
}
older=$(seen trixie 3.7.4-4+deb13u1)
newer=$(seen sid 3.8.10-2)
echo "status, files and status for a comment: 3.7.4: $older; 3.8.10: $newer"
cat "$work/said"
{ [ "$older; $newer" = "0 1 0; 1 0 0" ] && grep -q "global extended header" "$work/said"; } || { echo "this has changed" >&2; exit 1; }
