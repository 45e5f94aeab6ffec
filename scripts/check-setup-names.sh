#!/usr/bin/env bash
# Checks by which names scripts/setup.sh looks for and installs what is missing, on systems that stubs of their tools stand for, and that
# headers of Ubuntu's form are packed whole. Nothing is installed, and nothing of this system is asked.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/check-setup-names.sh [-h]
Runs setup.sh with only stubs and a few usual programs on PATH: Debian 12, 13, sid, Ubuntu, Fedora, Arch, Alpine, NixOS, and none of them.
USAGE
}
case ${1-} in
  '') ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac
fail() { echo "check-setup-names: $*" >&2; exit 1; }
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
bin=$temporary/bin

# system STUB...: PATH holds what setup.sh itself needs, and these, which write down how they are called; nothing is installed there.
# In $temporary/has are the packages that this system's apt has, in $temporary/installed those that are there.
system() {
  local program
  rm -rf "$bin"
  mkdir "$bin"
  for program in bash env awk cat dirname find grep head mktemp rm sed sort tail tr uname; do
    ln -s "$(type -P "$program")" "$bin/$program"
  done
  printf '#!/bin/sh\necho 0\n' >"$bin/id"
  for program; do
    printf '#!/bin/sh\necho "%s $*" >>"%s/calls"\n%s\n' "$program" "$temporary" "exit 0" >"$bin/$program"
  done
  cat >"$bin/apt-cache" <<STUB
#!/bin/sh
shift
for name; do
  if grep -qxF "\$name" "$temporary/has"; then printf '%s:\n  Installed: (none)\n  Candidate: 1\n' "\$name"
  elif [ "\$name" = virtual ]; then printf '%s:\n  Installed: (none)\n  Candidate: (none)\n' "\$name"; fi
done
STUB
  printf '#!/bin/sh\nsed "s/$/ installed/" "%s/installed"\n' "$temporary" >"$bin/dpkg-query"
  # rpm -q --whatprovides, pacman -T and apk info -e succeed for what is there; to install fails.
  for program in rpm pacman apk; do
    [ "$program" = rpm ] || [ -e "$bin/$program" ] || continue
    cat >"$bin/$program" <<STUB
#!/bin/sh
case "\$*" in
  -q* | -T* | info*)
    for name; do :; done
    grep -qxF "\$name" "$temporary/installed"
    exit
    ;;
esac
echo "$program \$*" >>"$temporary/calls"
exit 1
STUB
  done
  chmod 755 "$bin"/{id,apt-cache,dpkg-query,rpm} "${@/#/$bin/}"
  : >"$temporary/calls"
  : >"$temporary/installed"
  : >"$temporary/has"
}

# with_sdk VERSION: dotnet is there
with_sdk() { printf '#!/bin/sh\necho "%s [/usr/share/dotnet/sdk]"\n' "$1" >"$bin/dotnet"; chmod 755 "$bin/dotnet"; }

# expect STATUS TEXT GROUP...: setup ends so, and its output and the calls have the text
expect() {
  local status=0 wanted=$1 text=$2
  shift 2
  env -i PATH="$bin" bash scripts/setup.sh "$@" >"$temporary/output" 2>&1 || status=$?
  [ "$status" -eq "$wanted" ] || fail "$system: setup $*: status $status: $(cat "$temporary/output")"
  cat "$temporary/calls" >>"$temporary/output"
  grep -qF -- "$text" "$temporary/output" || fail "$system: setup $*: no '$text' in: $(cat "$temporary/output")"
}
# expect_not TEXT: the last output has none of it
expect_not() { ! grep -qF -- "$1" "$temporary/output" || fail "$system: '$1' in: $(cat "$temporary/output")"; }
# expect_lines NUMBER
expect_lines() { [ "$(wc -l <"$temporary/output")" -eq "$1" ] || fail "$system: not $1 lines: $(cat "$temporary/output")"; }
all=(gcc libc6-dev binutils liblzma-dev libzstd-dev libssl-dev clang xz-utils tar perl kmod fuse3 zstd bzip2 lz4 python3 procps busybox-static
  libarchive-tools bpftrace python3-bpfcc systemd mandoc groff-base zsh fish mmdebstrap squashfs-tools strace shellcheck
  gcc-aarch64-linux-gnu gcc-x86-64-linux-gnu libc6-dev-arm64-cross libc6-dev-amd64-cross qemu-user)

for system in "Debian 12" "Debian 13" sid Ubuntu; do
  system apt-get
  with_sdk 10.0.100
  printf '%s\n' "${all[@]}" >"$temporary/has"
  case $system in
    "Debian 12" | "Debian 13") printf '%s\n' qemu-user-static bpftool linux-headers-{amd64,arm64} linux-source ;;
    sid) printf '%s\n' bpftool linux-headers-{amd64,arm64} linux-source ;;
    Ubuntu) printf '%s\n' qemu-user-static linux-tools-generic linux-headers-generic linux-source dotnet-sdk-10.0 ;;
  esac >>"$temporary/has"
  expect 0 "install -y --no-install-recommends" build demo test headers
  expect_not "no package"
  expect_not dotnet-sdk
  case $system in
    sid) expect 0 " qemu-user " build demo test headers; expect_not qemu-user-static ;;
    Ubuntu)
      expect 0 " linux-tools-generic " test headers
      expect 0 " linux-headers-generic" test headers
      rm "$bin/dotnet"
      expect 0 "dotnet-sdk-10.0" build
      ;;
    *)
      expect 0 " qemu-user-static " test
      expect 0 " linux-headers-" headers
      ;;
  esac
done

# Without a package that only some checks need; with one that all need.
system=Debian
system apt-get
printf '%s\n' "${all[@]}" bpftool | grep -vx zsh >"$temporary/has"
expect 0 "setup: this system has no package zsh: checks that need it are skipped" test
expect_not " zsh "
expect 0 "install -y --no-install-recommends nonesuch" nonesuch
expect 0 "install -y --no-install-recommends virtual" virtual

# Without an SDK, or with an old one: one line that names the command, and nothing installed.
for version in '' 9.0.308 8.0.100; do
  system apt-get
  printf '%s\n' "${all[@]}" >"$temporary/has"
  [ -z "$version" ] || with_sdk "$version"
  expect 1 "dotnet-install.sh" build
  expect_not "install -y"
done
# What is only run needs none.
expect 0 "install -y" demo

# What is there is not asked for again; clang by any version, but not by one that is too old.
system apt-get
printf '%s\n' xz-utils tar perl kmod >"$temporary/installed"
for version in 14 19 22; do
  rm -f "$bin"/clang*
  printf '#!/bin/sh\necho %s.0.6\n' "$version" >"$bin/clang-$version"
  chmod 755 "$bin/clang-$version"
  expect 0 "everything is installed" demo
  [ "$(env -i PATH="$bin" bash scripts/find-clang.sh)" = "$bin/clang-$version" ] || fail "clang-$version was not found"
done
printf '#!/bin/sh\necho 9.0.1\n' >"$bin/clang-9"
printf '#!/bin/sh\necho 13.0.1\n' >"$bin/clang"
chmod 755 "$bin"/clang{,-9}
[ "$(env -i PATH="$bin" bash scripts/find-clang.sh)" = "$bin/clang-22" ] || fail "not the newest clang"
rm "$bin/clang-22"
printf 'clang\n' >"$temporary/has"
expect 0 "install -y --no-install-recommends clang" demo

# Without apt: one line, in that system's names, that does not name what is there.
while IFS=: read -r system tool there command; do
  system "$tool"
  with_sdk 10.0.100
  expect 1 "$command" build demo
  expect_lines 1
  [ "$tool" = nix-shell ] || {
    echo "$there" >"$temporary/installed"
    expect 1 "missing; install them by" build demo
    expect_not " $there "
  }
done <<'SYSTEMS'
Fedora:dnf:perl-interpreter:dnf install binutils clang gcc glibc-static kmod libzstd-static openssl-devel perl-interpreter tar xz xz-static
Arch:pacman:perl:pacman -S --needed binutils clang gcc glibc kmod openssl perl tar xz zstd
Alpine:apk:perl:apk add binutils clang gcc kmod musl-dev openssl-libs-static perl tar xz xz-static zstd-static
NixOS:nix-shell:perl:nix-shell -p binutils clang gcc glibc.static gnutar kmod openssl perl xz zstd --run 'make SETUP=true'
SYSTEMS
# There setup installs the SDK, where the system has it, and says so where it fails.
while IFS=: read -r system tool call; do
  system "$tool"
  expect 1 "$call" build
  expect 1 "missing; install them by" build
done <<'SYSTEMS'
Fedora:dnf:dnf install -y -q dotnet-sdk-10.0
Arch:pacman:pacman -S --noconfirm --needed dotnet-sdk
Alpine:apk:apk add -q dotnet10-sdk
SYSTEMS
system=other
system
expect 1 "no apt-get here; install what these Debian packages hold, then use make SETUP=true: the .NET SDK 10, binutils" build
expect_lines 1

# Ubuntu's headers: the build tree has links to directories of the other one.
system=Ubuntu
headers=$temporary/usr/src
mkdir -p "$headers"/linux-headers-1/{include/linux,arch/x86/include/asm} "$headers"/linux-headers-1-generic/{include/generated,arch/x86/include/generated}
echo '#define COMMON' | tee "$headers/linux-headers-1/include/linux/sched.h" >"$headers/linux-headers-1/arch/x86/include/asm/page.h"
echo '#define CONFIG_X 1' >"$headers/linux-headers-1-generic/include/generated/autoconf.h"
ln -s ../../linux-headers-1/include/linux "$headers/linux-headers-1-generic/include/linux"
ln -s ../../../../linux-headers-1/arch/x86/include/asm "$headers/linux-headers-1-generic/arch/x86/include/asm"
SRCARCH=x86 scripts/make-archive.sh -o "$temporary/archive.tar.xz" "$headers/linux-headers-1-generic" >/dev/null
tar -tf "$temporary/archive.tar.xz" >"$temporary/members"
for member in include/linux/sched.h arch/x86/include/asm/page.h include/generated/autoconf.h; do
  grep -qx "./$member" "$temporary/members" || fail "no $member in the archive: $(cat "$temporary/members")"
done
echo "setup.sh knows the names of eight systems, and the SDK; Ubuntu's headers are packed whole"
