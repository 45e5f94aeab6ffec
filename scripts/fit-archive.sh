#!/usr/bin/env bash
# Makes an archive that says it is of the kernel that runs, for checks that look at what a user of that kernel sees.
set -euo pipefail

usage() { echo "usage: scripts/fit-archive.sh [-h] ARCHIVE.tar.xz OUT.tar.xz"; }
case ${1-} in
  -h | --help) usage; exit ;;
esac
[ $# -eq 2 ] || { usage >&2; exit 2; }
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
tar -xf "$1" -C "$temporary"
echo "#define UTS_RELEASE \"$(uname -r)\"" >"$temporary/include/generated/utsrelease.h"
tar -C "$temporary" --sort=name --owner=0 --group=0 -c . | xz -1 >"$2"
