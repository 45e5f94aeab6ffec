#!/usr/bin/env bash
# Makes, from one headers archive, the other forms that an archive can have: the tests read all of them.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: scripts/make-variants.sh [-h] ARCHIVE.tar.xz OUTDIR
Writes into OUTDIR (variants newer than ARCHIVE and this script are left as they are), NAME.tar.xz unless said otherwise:
  how xz wrote it      blocks-1m blocks-256k blocks-64k threads (24 MiB blocks) multi-stream check-none check-crc32 check-sha256
                       x86-bcj
  what else wrote it   gzip.tar.gz zstd.tar.zst plain.tar
  how tar wrote it     pax ustar gnu-long children-first umask-0002 umask-0027 umask-0077 (the builder's modes, as
                       kernels before 6.10 keep them)
  what was put into it linux-5.2 (readdir order, builder's owner, extra members), dangling (symlinks to nowhere)
Where only the form is tested, a variant holds a part of the tree, of 4 MB: multi-stream, check-*, x86-bcj, and all that tar wrote
but umask-0077, from which a test compiles.
EOF
}
case ${1-} in
  -h | --help) usage; exit ;;
esac
[ $# -eq 2 ] || { usage >&2; exit 2; }
archive=$(readlink -e "$1") || { echo "make-variants: $1: no such file" >&2; exit 1; }
script=$(readlink -e "$0")
mkdir -p "$2"
cd "$2"

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
plain=$temporary/plain.tar
part=$temporary/part.tar
tree=$temporary/tree
made=0
# One architecture's headers, what the build makes and some more: directories of all depths, files of all sizes.
few=(arch include/asm-generic include/generated include/linux/kconfig.h include/net)

# variant FILE FUNCTION: runs the function, whose standard output is the variant.
variant() {
  local file=$1
  if [ "$file" -nt "$archive" ] && [ "$file" -nt "$script" ]; then
    return
  fi
  [ -e "$plain" ] || xz -dc "$archive" >"$plain"
  "$2" >"$file.new"
  mv "$file.new" "$file"
  made=$((made + 1))
}

# -1 throughout: what is tested is the form, and the machine that tests has few processors.
compress() { xz -1 -T1 "$@"; }

blocks_1m() { compress --block-size=1MiB <"$plain"; }
blocks_256k() { compress --block-size=256KiB <"$plain"; }
blocks_64k() { compress --block-size=64KiB <"$plain"; }
# As xz >= 5.6 does by default: 24 MiB blocks, sizes in their headers.
threads() { xz -1 -T2 --block-size=24MiB <"$plain"; }
check_none() { compress_part --check=none; }
check_crc32() { compress_part --check=crc32; }
check_sha256() { compress_part --check=sha256; }
x86_bcj() {
  make_part
  xz -T1 --x86 --lzma2=preset=1 <"$part"
}
multi_stream() {
  local half
  make_part
  half=$(($(stat -c %s "$part") / 2 + 100))
  head -c "$half" "$part" | compress
  head -c 4 /dev/zero
  tail -c +$((half + 1)) "$part" | compress
  head -c 8 /dev/zero
}
compress_part() {
  make_part
  compress "$@" <"$part"
}

gzip_() { gzip -n1 <"$plain"; }
zstd_() { zstd -q <"$plain"; }
plain_() { cat "$plain"; }

pack_tar() { tar --mtime='@1700000000' --owner=0 --group=0 --numeric-owner --mode=u=rw,go=r,a+X -C "$tree" -cf - "$@"; }
pack() { pack_tar "$@" | compress; }
# extract [PATH...]: all of the archive, or what is below these
extract() {
  rm -rf "$tree"
  mkdir "$tree"
  tar -C "$tree" --no-same-owner -xf "$plain" "${@/#/./}"
}
extract_part() { extract "${few[@]}"; }
make_part() {
  [ ! -e "$part" ] || return 0
  extract_part
  pack_tar --sort=name . >"$part"
}
# A path of 150 bytes, which ustar splits between name and prefix and GNU tar puts into an L member.
add_long_path() {
  local directory=$tree/include/long/${1//x/abcdefghijklmnopqrstuvwxyz0123456789/}
  mkdir -p "$directory"
  echo '#define LONG_PATH 1' >"$directory/a-header-with-a-name-of-its-own.h"
}
pax() {
  extract_part
  add_long_path xxx
  pack --format=pax --pax-option=comment=kheaders --mtime='@1700000000.123456789' --sort=name .
}
ustar() {
  extract_part
  add_long_path xxx
  pack --format=ustar --sort=name .
}
gnu_long() {
  extract_part
  add_long_path xxxxxxxx
  ln -s "long/abcdefghijklmnopqrstuvwxyz0123456789/../$(printf './%.0s' {1..60})../linux/kconfig.h" "$tree/include/long-target.h"
  pack --format=gnu --sort=name .
}
children_first() {
  extract_part
  (cd "$tree" && find . -print0) | LC_ALL=C sort -zr | pack --no-recursion --null -T -
}
umask_0002() {
  extract_part
  pack --mode=ug=rwX,o=rX --sort=name .
}
umask_0027() {
  extract_part
  pack --mode=u=rwX,g=rX,o= --sort=name .
}
umask_0077() {
  extract
  pack --mode=u=rwX,go= --sort=name .
}
linux_5_2() {
  extract
  touch "$tree/Kbuild" "$tree/gen_kheaders.sh"
  mkdir -p "$tree/include/config/net"
  touch "$tree/include/config/auto.conf" "$tree/include/config/net.h" "$tree/include/config/net/ns.h"
  # A directory and all below it, then the next one, as readdir gives them: in no name order.
  (cd "$tree" && perl -MFile::Find -e \
    'find({no_chdir => 1, preprocess => sub { reverse sort @_ }, wanted => sub { print "$_\0" }}, ".")') |
    tar --mtime='@1558656000' --owner=builder:1000 --group=builder:1000 --no-recursion --null -C "$tree" -cf - -T - | compress
}
# Android's Bazel builds pack links into the build sandbox instead of the headers.
dangling() {
  extract
  ln -sf /sandbox/execroot/common/include/linux/sched.h "$tree/include/linux/sched.h"
  ln -sf ../../../../../../sandbox/fs.h "$tree/include/linux/fs.h"
  pack --sort=name .
}

for name in blocks-1m blocks-256k blocks-64k threads multi-stream check-none check-crc32 check-sha256 x86-bcj \
  pax ustar gnu-long children-first umask-0002 umask-0027 umask-0077 linux-5.2 dangling; do
  variant "$name.tar.xz" "${name//[-.]/_}"
done
variant gzip.tar.gz gzip_
variant zstd.tar.zst zstd_
variant plain.tar plain_
echo "make-variants: $made made in $2"
