#!/usr/bin/env bash
# Installs the packages that a group of tasks needs and that are missing, by the names that this system has for them.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'EOF'
usage: scripts/setup.sh [-h] [build|demo|test|conformance|fuzz|bench|headers|archives|vm|packages|containers|clients|linux-arm64|linux-x64|PACKAGE]...
Installs missing packages with apt; the default is build. While another process installs it waits, for up to 5 minutes. A package that only
some checks need and that the system does not have is named, and those checks are skipped. Without apt it says what to type (names: package-names).
  SETUP_SECONDS=...  how long; default: 300
  build    compile the program; also the .NET SDK 10, where the system has a package of it, or else how to install it
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

# Each is a package, or several names for it, the first one that apt has: NAME|NAME. "?" before it: only some checks need it.
needs=()
sdk=
header_package() {
  # Ubuntu's is linux-headers-generic.
  case $(uname -m) in
    x86_64) echo 'linux-headers-amd64|linux-headers-generic' ;;
    aarch64) echo 'linux-headers-arm64|linux-headers-generic' ;;
    *) echo "setup: no header package known for $(uname -m)" >&2; exit 1 ;;
  esac
}

# add_cross_compiler MACHINE: what compiles and links for it, unless this is one
add_cross_compiler() {
  local debian=amd64
  [ "$1" != aarch64 ] || debian=arm64
  [ "$1" = "$(uname -m)" ] || needs+=("gcc-${1/_/-}-linux-gnu" "libc6-dev-$debian-cross")
}

kernel=(linux-source gcc libc6-dev binutils make bc bison flex cpio rsync perl libelf-dev libssl-dev xz-utils bzip2)
[ $# -gt 0 ] || set -- build
for group in "$@"; do
  case $group in
    # zlib1g-dev is not needed: the Native AOT packs bring their own.
    build) sdk=1 needs+=(gcc libc6-dev binutils liblzma-dev libzstd-dev libssl-dev) ;;
    demo) needs+=(clang xz-utils tar perl kmod) ;;
    test)
      needs+=(clang xz-utils tar perl kmod fuse3 zstd bzip2 lz4 gcc libc6-dev python3 procps busybox-static libarchive-tools systemd
        squashfs-tools strace)
      # bpftool is in linux-tools-common on Ubuntu before 25.04, which needs the kernel's linux-tools.
      needs+=('?bpftrace' '?bpftool|linux-tools-generic' '?python3-bpfcc' '?mandoc' '?groff-base' '?zsh' '?fish' '?shellcheck' '?mmdebstrap'
        '?qemu-user-static|qemu-user')
      add_cross_compiler aarch64
      ;;
    conformance) needs+=(stress-ng fio tar mount) ;;
    fuzz) needs+=(afl++ xz-utils) ;;
    # fuse-archive, ratarmount, dwarfs and erofsfuse are not in Debian 12; what is on PATH is measured.
    bench) needs+=(clang xz-utils tar gcc libc6-dev python3 jq procps hyperfine '?archivemount' '?squashfuse' '?squashfs-tools' '?erofs-utils') ;;
    headers) needs+=("$(header_package)") ;;
    archives) needs+=("${kernel[@]}"); add_cross_compiler aarch64 ;;
    vm) needs+=("${kernel[@]}" mmdebstrap rsync kmod procps qemu-system-x86 ipxe-qemu qemu-system-arm clang bpftrace python3-bpfcc); add_cross_compiler aarch64 ;;
    packages) needs+=(dpkg-dev rpm '?lintian' jq xz-utils) ;;
    # netavark is never used, and a tenth of what else podman would bring. kubectl may be another vendor's package.
    containers)
      needs+=('?podman' '?crun' '?netavark' '?uidmap' '?golang-github-containers-image|golang-github-containers-common' busybox-static binutils procps
        '?python3-yaml' jq)
      command -v kubectl >/dev/null || needs+=('?kubectl|kubernetes-client')
      ;;
    clients) needs+=(mmdebstrap xz-utils tar perl util-linux) ;;
    linux-arm64) add_cross_compiler aarch64 ;;
    linux-x64) add_cross_compiler x86_64 ;;
    -h | --help) usage; exit ;;
    -*) usage >&2; exit 2 ;;
    *) needs+=("$group") ;;
  esac
done

# The first that is there: a system may have two of them for other reasons.
system=
for candidate in apt-get dnf pacman apk nix-shell; do
  if [ -z "$system" ] && command -v "$candidate" >/dev/null; then system=$candidate; fi
done

# What this system calls Debian's packages; nothing where it has none, or has it in another one.
declare -A other=() there=()
while read -r name dnf pacman apk nix; do
  case $system in
    dnf) other[$name]=${dnf#-} ;;
    pacman) other[$name]=${pacman#-} ;;
    apk) other[$name]=${apk#-} ;;
    nix-shell) other[$name]=${nix#-} ;;
  esac
done < <(grep -v '^#' scripts/package-names)

# names_of NEED...: one a line
names_of() { printf '%s\n' "${@#\?}" | tr '|' '\n' | sort -u; }

if [ "$system" = apt-get ]; then
  mapfile -t names < <(names_of "${needs[@]}")
  # shellcheck disable=SC2016 # dpkg-query's own variables
  states=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${names[@]}" 2>/dev/null || true)
  while read -r name state; do
    [ "$state" != installed ] || there[$name]=1
  done <<<"$states"
fi

# is_there NAME: Debian's name
is_there() {
  local name=$1
  case $name in
    # Whichever version is there, of whichever package.
    clang) scripts/find-clang.sh >/dev/null 2>&1; return ;;
    linux-source) scripts/unpack-kernel.sh --find >/dev/null 2>&1; return ;;
  esac
  if [ "$system" != apt-get ] && [ -n "$system" ]; then
    name=${other[$name]-}
    [ -n "$name" ] || return 0
  fi
  case $system in
    apt-get) [ -n "${there[$name]-}" ] ;;
    dnf) rpm -q --whatprovides "$name" ;;
    pacman) pacman -T "$name" ;;
    apk) apk info -e "$name" ;;
    *) false ;;
  esac >/dev/null 2>&1
}

has_sdk() { dotnet --list-sdks 2>/dev/null | grep -qE '^[1-9][0-9]+\.'; }

missing=()
for need in $(printf "%s\n" "${needs[@]}" | sort -u); do
  found=
  need_names=${need#\?}
  for name in ${need_names//|/ }; do
    if is_there "$name"; then found=1; fi
  done
  # The same one may be needed by all.
  [ -n "$found" ] || [[ " ${missing[*]} " == *" ${need#\?} "* ]] || missing+=("$need")
done
if [ -n "$sdk" ] && has_sdk; then sdk=; fi

if [ ${#missing[@]} -eq 0 ] && [ -z "$sdk" ]; then
  echo "setup: everything is installed ($*)"
  exit
fi

root=()
if [ "$(id -u)" -ne 0 ] && [ "$system" != nix-shell ]; then
  root=(sudo)
fi

# say_what_to_type: where there is no apt, in one line
say_what_to_type() {
  local need name names=() command
  for need in ${sdk:+dotnet-sdk-10.0} "${missing[@]}"; do
    need=${need#\?}
    name=${other[${need%%|*}]-}
    [ -z "$name" ] || names+=("$name")
  done
  mapfile -t names < <(printf '%s\n' "${names[@]}" | sort -u)
  case $system in
    dnf) command="dnf install ${names[*]}" ;;
    pacman) command="pacman -S --needed ${names[*]}" ;;
    apk) command="apk add ${names[*]}" ;;
    nix-shell) command="nix-shell -p ${names[*]} --run 'make SETUP=true'" ;;
    *)
      echo "setup: no apt-get here; install what these Debian packages hold, then use make SETUP=true:${sdk:+ the .NET SDK 10,} ${missing[*]#\?}" >&2
      exit 1
      ;;
  esac
  echo "setup: ${names[*]}: missing; install them by: ${root[*]:+${root[*]} }$command" >&2
  exit 1
}

# Of the systems without apt, those that have a package of it.
if [ -n "$sdk" ]; then
  case $system in
    dnf) "${root[@]}" dnf install -y -q "${other[dotnet-sdk-10.0]}" >&2 || true ;;
    pacman) "${root[@]}" pacman -S --noconfirm --needed "${other[dotnet-sdk-10.0]}" >&2 || true ;;
    apk) "${root[@]}" apk add -q "${other[dotnet-sdk-10.0]}" >&2 || true ;;
  esac
  if [ "$system" != apt-get ] && has_sdk; then sdk=; fi
fi
if [ "$system" != apt-get ]; then
  [ ${#missing[@]} -gt 0 ] || [ -n "$sdk" ] || exit 0
  say_what_to_type
fi
[ ${#root[@]} -eq 0 ] || command -v sudo >/dev/null || { echo "setup: run as root: scripts/setup.sh $*" >&2; exit 1; }

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
    # Somebody's package was unpacked, and what it depends on was not.
    if grep -q 'Unmet dependencies' "$temporary/try"; then
      echo "setup: an earlier installation was not finished: ${root[*]:+${root[*]} }apt-get --fix-broken install" >&2
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

# apt_has NAME...: those of them that it can install
apt_has() { LC_ALL=C apt-cache policy "$@" | awk '/^[^ ]/ { sub(/:$/, "", $1); name = $1 } /^  Candidate: [^(]/ { print name }'; }

# choose: sets packages, those of missing by the names that apt has
choose() {
  local need name available chosen
  mapfile -t names < <(names_of "${missing[@]}" ${sdk:+dotnet-sdk-10.0})
  available=$(apt_has "${names[@]}")
  packages=()
  for need in "${missing[@]}"; do
    chosen=
    need_names=${need#\?}
    for name in ${need_names//|/ }; do
      if [ -z "$chosen" ] && grep -qxF "$name" <<<"$available"; then chosen=$name; fi
    done
    if [ -n "$chosen" ]; then
      packages+=("$chosen")
    elif [[ $need == \?* ]]; then
      need=${need#\?}
      echo "setup: this system has no package ${need//|/ or }: checks that need it are skipped" >&2
    else
      # apt says why not.
      packages+=("${need%%|*}")
    fi
  done
  [ -n "$sdk" ] || return 0
  if grep -qxF dotnet-sdk-10.0 <<<"$available"; then
    packages+=(dotnet-sdk-10.0)
  else
    echo "setup: the .NET SDK 10 is missing, and apt has no dotnet-sdk-10.0: curl -fsSL https://dot.net/v1/dotnet-install.sh | ${root[*]:+${root[*]} }bash -s -- --channel 10.0 --install-dir /usr/share/dotnet && ${root[*]:+${root[*]} }ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet" >&2
    exit 1
  fi
}

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
# One index that cannot be fetched is no reason to stop: what counts is whether the packages can be installed.
run_apt update || true
choose
[ ${#packages[@]} -gt 0 ] || exit 0
echo "setup: installing ${packages[*]}"
run_apt install -y --no-install-recommends "${packages[@]}" || {
  cat "$temporary/log" >&2
  echo "setup: could not install ${packages[*]}" >&2
  exit 1
}
