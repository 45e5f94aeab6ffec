#!/usr/bin/env bash
# Makes a kheaders.tar.xz from header packages by the recipe of the kernel's own kernel/gen_kheaders.sh.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)

usage() {
  cat <<'EOF'
usage: scripts/make-archive.sh [-h] [-o OUT.tar.xz] [--block-size SIZE] [--keep-tree DIR] [HEADERS_DIR...]
Makes a kernel headers archive. Equal headers give equal bytes.
  -o FILE            default: kheaders.tar.xz
  --block-size SIZE  start a new xz block every SIZE bytes (256KiB, 1MiB, ...); default: one block
  --keep-tree DIR    leave the tree that was packed in DIR, which must not exist
  HEADERS_DIR...     source tree, then build tree; default: those installed for the running kernel, else the newest
                     installed, else the distribution's headers, which are installed then
  SRCARCH=...                  the kernel's name of the architecture; default: this machine's
  KBUILD_BUILD_TIMESTAMP=...   time of all members; default: that of the build tree's autoconf.h
EOF
}
usage_error() { usage >&2; exit 2; }
fail() { echo "make-archive: $*" >&2; exit 1; }

out=kheaders.tar.xz
keep=
xz_options=(-T1)
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit ;;
    -o) out=${2:?}; shift 2 ;;
    --block-size) xz_options+=("--block-size=${2:?}"); shift 2 ;;
    --keep-tree) keep=${2:?}; shift 2 ;;
    --) shift; break ;;
    -*) usage_error ;;
    *) break ;;
  esac
done

if [ -z "${SRCARCH-}" ]; then
  case $(uname -m) in
    x86_64 | i?86) SRCARCH=x86 ;;
    aarch64) SRCARCH=arm64 ;;
    *) fail "set SRCARCH: the name below arch/ for $(uname -m)" ;;
  esac
fi

# A build directory with a Makefile comes from a package; one without may be a mount of ours.
newest_build() {
  local build
  for build in "/lib/modules/$(uname -r)/build" $(printf '%s\n' /lib/modules/*/build | sort -rV); do
    if [ -f "$build/Makefile" ] && [ -f "$build/include/generated/autoconf.h" ]; then
      echo "$build"
      return
    fi
  done
}

if [ $# -eq 0 ]; then
  build=$(newest_build)
  if [ -z "$build" ]; then
    "$scripts/setup.sh" headers >&2
    build=$(newest_build)
    [ -n "$build" ] || fail "no header package below /lib/modules"
  fi
  set -- "$build"
  source=${build%/build}/source
  [ ! -d "$source" ] || set -- "$source" "$build"
fi

stamp=${KBUILD_BUILD_TIMESTAMP-}
temporary=$(mktemp -d)
trap 'rm -rf "$temporary" "$out.new"' EXIT
tree=$temporary/tree
mkdir "$tree"
for directory in "$@"; do
  [ -d "$directory" ] || fail "$directory: no such directory"
  for part in include "arch/$SRCARCH/include"; do
    [ -d "$directory/$part" ] || continue
    # utsversion.h is made after the archive.
    (cd "$directory" && find "$part" -name '*.h' ! -path include/generated/utsversion.h -print0) |
      tar -C "$directory" --null -T - -cf - | tar -C "$tree" --no-same-owner -xf -
  done
  if [ -z "$stamp" ] && [ -f "$directory/include/generated/autoconf.h" ]; then
    stamp=@$(stat -L -c %Y "$directory/include/generated/autoconf.h")
  fi
done
[ -f "$tree/include/generated/autoconf.h" ] || fail "no include/generated/autoconf.h in $*: is the build tree among them?"

# gen_kheaders.sh starts one perl per file; the expression is its own.
find "$tree" -type f -print0 |
  xargs -0 -n 200 -P "$(nproc)" perl -pi -e 'BEGIN {undef $/;}; s/\/\*((?!SPDX).)*?\*\///smg;'

mkdir -p "$(dirname "$out")"
tar --format=gnu --mtime="$stamp" --owner=0 --group=0 --sort=name --numeric-owner --mode=u=rw,go=r,a+X -C "$tree" -cf - . |
  xz "${xz_options[@]}" >"$out.new"
mv "$out.new" "$out"

if [ -n "$keep" ]; then
  [ ! -e "$keep" ] || fail "$keep exists"
  mv "$tree" "$keep"
fi
echo "make-archive: $out from $* ($(stat -c %s "$out") bytes)"
