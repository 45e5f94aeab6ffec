#!/usr/bin/env bash
# Installs the Debian packages that a group of tasks needs and that are missing.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: scripts/setup.sh [-h] [build|demo|test|conformance|fuzz|bench|headers|archives|vm|packages|containers|clients|linux-arm64|linux-x64|PACKAGE]...
Installs missing Debian packages; the default is build. While another process installs it waits, for up to 5 minutes.
  SETUP_SECONDS=...  how long; default: 300
  build    compile the program (the .NET SDK is not a Debian package: install it first)
  demo     mount an archive and compile against it
  test     run the test suites
  conformance have other projects' programs test a mount
  fuzz     have afl-fuzz look for inputs
  bench    measure against other file systems
  headers  the kernel headers that scripts/make-archive.sh packs
  archives the kernel's source and what scripts/make-archive.sh --kernel needs besides, also for arm64
  vm       fetch and build the kernels of scripts/vm and boot them, also for arm64
  packages build packages, and check them
  containers run the container image, and check the manifests of src/deploy
  clients  make the root of Debian sid that make client-test and make vm-test have their compilers and tracers in
  linux-arm64, linux-x64  link the program for that architecture on another one
EOF
}

header_package() {
  case $(uname -m) in
    x86_64) echo linux-headers-amd64 ;;
    aarch64) echo linux-headers-arm64 ;;
    *) echo "setup: no header package known for $(uname -m)" >&2; exit 1 ;;
  esac
}

# add_cross_compiler MACHINE: what compiles and links for it, unless this is one
add_cross_compiler() {
  local debian=amd64
  [ "$1" != aarch64 ] || debian=arm64
  [ "$1" = "$(uname -m)" ] || packages+=("gcc-${1/_/-}-linux-gnu" "libc6-dev-$debian-cross")
}

kernel=(linux-source-6.1 gcc libc6-dev binutils make bc bison flex cpio perl libelf-dev libssl-dev xz-utils)
packages=()
[ $# -gt 0 ] || set -- build
for group in "$@"; do
  case $group in
    # zlib1g-dev is not needed: the Native AOT packs bring their own.
    build) packages+=(gcc libc6-dev binutils liblzma-dev libzstd-dev libssl-dev) ;;
    demo) packages+=(clang-14 xz-utils tar perl kmod) ;;
    test) packages+=(clang-14 xz-utils tar perl kmod fuse3 zstd bzip2 lz4 libc6-dev busybox-static libarchive-tools python3 bpftrace bpftool python3-bpfcc systemd mandoc groff-base zsh fish unifdef mmdebstrap squashfs-tools procps strace qemu-user-static); add_cross_compiler aarch64 ;;
    conformance) packages+=(stress-ng fio tar mount) ;;
    fuzz) packages+=(afl++ xz-utils) ;;
    # fuse-archive, ratarmount, dwarfs and erofsfuse are not in Debian 12; what is on PATH is measured.
    bench) packages+=(clang-14 xz-utils tar gcc libc6-dev python3 jq procps hyperfine archivemount squashfuse squashfs-tools erofs-utils) ;;
    headers) packages+=("$(header_package)") ;;
    archives) packages+=("${kernel[@]}"); add_cross_compiler aarch64 ;;
    vm) packages+=("${kernel[@]}" mmdebstrap rsync kmod procps qemu-system-x86 ipxe-qemu qemu-system-arm clang-14 bpftrace python3-bpfcc); add_cross_compiler aarch64 ;;
    packages) packages+=(dpkg-dev rpm lintian jq xz-utils) ;;
    # netavark is never used, and a tenth of what else podman would bring. kubectl may be another vendor's package.
    containers)
      packages+=(podman crun netavark uidmap golang-github-containers-image busybox-static binutils procps python3-yaml jq)
      command -v kubectl >/dev/null || packages+=(kubernetes-client)
      ;;
    clients) packages+=(mmdebstrap xz-utils tar perl util-linux) ;;
    linux-arm64) add_cross_compiler aarch64 ;;
    linux-x64) add_cross_compiler x86_64 ;;
    -h | --help) usage; exit ;;
    -*) usage >&2; exit 2 ;;
    *) packages+=("$group") ;;
  esac
done

missing=()
for package in $(printf "%s\n" "${packages[@]}" | sort -u); do
  # shellcheck disable=SC2016 # dpkg-query's own variable
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done

if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: everything is installed ($*)"
  exit
fi
if ! command -v apt-get >/dev/null; then
  echo "setup: no apt-get here; install what these Debian packages hold, then use make SETUP=true: ${missing[*]}" >&2
  exit 1
fi

root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup: run as root: apt-get install ${missing[*]}" >&2; exit 1; }
  root=(sudo)
fi
# run_apt ARGUMENT...: apt-get. What holds one of its locks is waited for, and named: just after its start, a system often installs
# something by itself. apt's own DPkg::Lock::Timeout waits for one of the locks only, and does not say for whom.
run_apt() {
  local patience=${SETUP_SECONDS:-300} end lock told=
  end=$((SECONDS + patience))
  while ! "${root[@]}" env LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q "$@" >"$temporary/try" 2>&1; do
    cat "$temporary/try" >>"$temporary/log"
    if grep -q 'dpkg was interrupted' "$temporary/try"; then
      echo "setup: dpkg was interrupted and has to finish first: ${root[*]:+${root[*]} }dpkg --configure -a" >&2
      exit 1
    fi
    lock=$(sed -n 's/^[EW]: Could not get lock //p' "$temporary/try" | head -n 1)
    [ -n "$lock" ] || return 1
    if [ "$SECONDS" -ge "$end" ]; then
      echo "setup: waited $patience seconds in vain for $lock" >&2
      exit 1
    fi
    [ "$lock" = "$told" ] || echo "setup: waiting for $lock"
    told=$lock
    sleep 1
  done
  cat "$temporary/try" >>"$temporary/log"
}

echo "setup: installing ${missing[*]}"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
# One index that cannot be fetched is no reason to stop: what counts is whether the packages can be installed.
run_apt update || true
run_apt install -y --no-install-recommends "${missing[@]}" || {
  cat "$temporary/log" >&2
  echo "setup: could not install ${missing[*]}" >&2
  exit 1
}
