#!/usr/bin/env bash
# Makes kernels of Debian's own packages ready for scripts/vm/run.sh: seconds, where building one takes minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/apt-lists.sh
. scripts/apt-lists.sh

usage() {
  cat <<'USAGE'
usage: scripts/vm/fetch-kernel.sh [-h] [KERNEL]...
Downloads Debian's kernel packages, unpacks them into out/vm/KERNEL and builds for each the one module that Debian leaves out,
kheaders.ko: the kernel's own kernel/kheaders.c, with the archive that scripts/make-archive.sh makes of the kernel's header
packages; for those of the release also blocks.ko, with an archive in xz blocks of 256 KiB. Nothing is installed. The default is stock and newer.
  stock      linux-image-amd64 of the release
  newer      the same of its backports (6.9 or later)
  arm64      linux-image-arm64 of the release
  arm64-16k  the same with pages of 16 KiB, of the backports
  today      linux-image-amd64 of Debian sid, of the version that scripts/clients/versions pins. Its programs do not run on an
             older system: the module is built in out/clients/root, which scripts/clients/make-root.sh makes
A kernel that is newer than this script and initramfs.sh is left as it is.
USAGE
}
fail() { echo "fetch-kernel: $*" >&2; exit 1; }
case ${1-} in
  -h | --help) usage; exit ;;
  -*) usage >&2; exit 2 ;;
esac
[ $# -gt 0 ] || set -- stock newer

work=$PWD/out/vm
host=$(dpkg --print-architecture) || fail "no dpkg here: the packages are Debian's"
# What the guest loads besides kheaders: its root, what init.sh mounts, and what systemd asks for. Whatever else the package
# holds is left out.
modules=(virtio_pci 9pnet_virtio 9p overlay fuse autofs4)
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# logged WHAT COMMAND...
logged() {
  local what=$1
  shift
  "$@" >>"$log" 2>&1 || { tail -n 20 "$log" >&2; fail "$what: see $log"; }
}

# download_packages NAME: into packages/, of which root/ is unpacked
download_packages() {
  local package image headers more=()
  mkdir "$temporary/$1" "$temporary/$1/packages" "$temporary/$1/root"
  cd "$temporary/$1/packages"
  logged "the lists of packages for $architecture" apt_lists "$temporary/$1" "$architecture" "$host"
  image=$(real_package linux-image- "linux-image-$flavour")
  [ -n "$image" ] || fail "$1: apt knows no linux-image-$flavour${apt_backports:+ in the backports}"
  headers=${image/image/headers}
  # In sid (7.2) an image has its files in packages of their own.
  for package in base binary modules; do
    package=$(real_package "linux-$package-" "$image")
    [ -z "$package" ] || more+=("$package")
  done
  # modpost and the like run on this machine, whatever the kernel is for.
  logged "cannot download $image" apt_get download "$image" "${more[@]}" "$headers" "$(real_package linux-headers- "$headers")" \
    "$(real_package linux-kbuild- "$headers"):$host" "busybox-static:$architecture"
  for package in ./*.deb; do
    dpkg-deb -x "$package" ../root
  done
  cd "$temporary/$1/root"
  if [ ! -d lib/modules ]; then
    # A release of Debian later all is below /usr, and in the kernel's own directory.
    mkdir -p lib boot bin
    mv usr/lib/modules lib/
    release=$(basename lib/modules/*)
    mv "lib/modules/$release/vmlinuz" "boot/vmlinuz-$release"
    mv "lib/modules/$release/config" "boot/config-$release"
    [ -e bin/busybox ] || mv usr/bin/busybox bin/
  fi
}

# build_make ARGUMENT...: make, where what the packages brought can be run; objtool reads /proc
build_make() {
  if [ -z "$builder" ]; then
    make "$@"
  else
    # shellcheck disable=SC2016 # the other shell's
    unshare --mount sh -c 'mkdir -p "$1$2" && mount --bind "$2" "$1$2" && mount --rbind /dev "$1/dev" && mount --rbind /proc "$1/proc" && shift 2 && exec chroot "$0" make "$@"' \
      "$builder" "$builder" "$temporary" "$@"
  fi
}

# build_module TARGET.ko ARCHIVE; what reads an attribute gets it as const in 7.2
build_module() {
  local directory=${1%/*}
  mkdir -p "$directory"
  sed -e "s|kernel/kheaders_data.tar.xz|$2|" -e "s|^\([^a-z]*\)struct bin_attribute \*bin_attr,|\1${attribute}struct bin_attribute *bin_attr,|" \
    "$tree/kernel/kheaders.c" >"$directory/kheaders.c"
  echo 'obj-m := kheaders.o' >"$directory/Makefile"
  logged "cannot build kheaders.ko" build_make -C "$headers" "M=$directory" "ARCH=$arch" "CROSS_COMPILE=$cross" modules
}

# make_initramfs DIR: busybox, initramfs.sh and the modules with what they depend on
make_initramfs() {
  local root=$temporary/initramfs path name
  rm -rf "$root"
  mkdir -p "$root/bin" "$root/modules"
  cp bin/busybox "$root/bin/"
  cp "$scripts/initramfs.sh" "$root/init"
  while read -r path; do
    name=${path##*/}
    mkdir -p "$1/modules/$release/${path%/*}"
    cp "lib/modules/$release/$path" "$1/modules/$release/$path"
    [[ $name != *.xz ]] || xz -dc "lib/modules/$release/$path" >"$root/modules/${name%.xz}"
    [[ $name == *.xz ]] || cp "lib/modules/$release/$path" "$root/modules/"
    echo "${name%.xz}" >>"$root/modules/order"
  done < <(modprobe -d . -S "$release" -a --show-depends "${modules[@]}" |
    sed -n "s|^insmod .*/lib/modules/$release/\([^ ]*\).*|\1|p" | awk '!seen[$0]++')
  cp "lib/modules/$release"/modules.{order,builtin,builtin.modinfo} "$1/modules/$release/"
  # depmod wants to see DIR/lib/modules.
  ln -s . "$1/lib"
  depmod -b "$1" "$release"
  rm "$1/lib"
  (cd "$root" && find . | cpio -o -H newc --quiet) >"$1/initrd"
}

fetch() {
  local started=$SECONDS target=$work/$1 log=$work/fetch-$1.log new=$temporary/new release headers
  local architecture=amd64 arch=x86_64 srcarch=x86 cross='' flavour=amd64 apt_backports='' apt_suite='' builder='' attribute=''
  case $1 in
    stock) ;;
    newer) apt_backports=1 ;;
    today)
      apt_suite=sid builder=$work/../clients/root attribute='const '
      builder=$(readlink -f "$builder")
      [ "$target/initrd" -nt "$scripts/../clients/versions" ] || rm -f "$target/initrd"
      ;;
    arm64 | arm64-16k)
      architecture=arm64 arch=arm64 srcarch=arm64 flavour=$1
      [ "$1" = arm64 ] || apt_backports=1
      ;;
    *) usage >&2; exit 2 ;;
  esac
  [ "$architecture" = "$host" ] || cross=${arch/arm64/aarch64}-linux-gnu-
  if [ "$target/initrd" -nt "$scripts/fetch-kernel.sh" ] && [ "$target/initrd" -nt "$scripts/initramfs.sh" ]; then
    return
  fi
  : >"$log"
  [ "$1" != today ] || "$scripts/../clients/make-root.sh" --pinned linux-image-amd64 linux-headers-amd64 || fail "$1: another version"
  download_packages "$1"
  release=$(basename lib/modules/*)
  headers=$PWD/usr/src/linux-headers-$release
  # The packages name each other by the places where they would be installed.
  find usr/src -maxdepth 2 -type f \( -name Makefile -o -name .kernelvariables \) -exec sed -E -i "s#/usr/(src|lib)/#$PWD&#g" {} +

  rm -f "$headers/vmlinux" # else the module gets BTF, by pahole

  rm -rf "$new"
  mkdir -p "$new/modules/$release/kernel/kernel"
  SRCARCH=$srcarch logged "no archive" "$scripts/../make-archive.sh" -o "$new/kheaders.tar.xz" usr/src/linux-headers-*-common "$headers"
  build_module "$temporary/module/kheaders.ko" "$new/kheaders.tar.xz"
  cp "$temporary/module/kheaders.ko" "$new/modules/$release/kernel/kernel/"
  if [ -z "$apt_backports$apt_suite" ]; then
    # How well it is packed does not matter.
    xz -dc "$new/kheaders.tar.xz" | xz -1 -T1 --block-size=256KiB >"$new/blocks.tar.xz"
    build_module "$temporary/blocks/kheaders.ko" "$new/blocks.tar.xz"
    cp "$temporary/blocks/kheaders.ko" "$new/blocks.ko"
  fi
  depmod -b . "$release"
  make_initramfs "$new"
  cp "boot/config-$release" "$new/config"
  cp "boot/vmlinuz-$release" "$new/vmlinuz"
  echo "$release" >"$new/release"
  rm -rf "$target"
  mv "$new" "$target"
  cd "$work/../.."
  rm -rf "${temporary:?}"/*
  echo "fetch-kernel: $1: $release, $((SECONDS - started)) s"
}

scripts=$PWD/scripts/vm
mkdir -p "$work"
tree=$(scripts/unpack-kernel.sh)
for kernel; do
  fetch "$kernel"
done
