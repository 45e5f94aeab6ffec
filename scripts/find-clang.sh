#!/usr/bin/env bash
# Prints the clang that the demo, the tests and the measurements call.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: scripts/find-clang.sh [-h]
Prints the newest clang on PATH from version 14 on: clang-14, clang-19, or clang itself where it is the newest. Status 1: there is none.
  CLANG=...  this one instead
USAGE
}
case ${1-} in
  '') ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac
if [ -n "${CLANG-}" ]; then
  command -v "$CLANG"
  exit
fi

best='' newest=13
for name in clang $(compgen -c clang- | grep -E '^clang-[0-9]+$' | sort -u); do
  version=$("$name" -dumpversion 2>/dev/null || true)
  version=${version%%.*}
  if [[ $version =~ ^[0-9]+$ ]] && [ "$version" -gt "$newest" ]; then
    best=$name newest=$version
  fi
done
[ -n "$best" ] || { echo "find-clang: no clang from version 14 on: run scripts/setup.sh demo" >&2; exit 1; }
command -v "$best"
