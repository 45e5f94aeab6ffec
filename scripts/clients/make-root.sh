#!/usr/bin/env bash
# Makes the root that has the BPF compilers and tracers of today, of the versions that are pinned.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/apt-lists.sh
. scripts/apt-lists.sh

usage() {
  cat <<'USAGE'
usage: scripts/clients/make-root.sh [-h] [--pinned NAME...]
Makes out/clients/root with the packages of scripts/clients/versions, by mmdebstrap, and out/clients/kheaders.tar.xz of the kernel's
header packages, from the mirror that this machine's apt has. Kernel headers are in the archive and not in the root. Both stay until
the file of versions or this script changes.
  --pinned NAME...  only compares the versions that the mirror has with those that are pinned: of these packages
USAGE
}
fail() { echo "make-root: $*" >&2; exit 1; }

versions=scripts/clients/versions
# pinned NAME: its version
pinned() { awk -v name="$1" '$1 == name { print $2 }' "$versions"; }

# compare NAME...: nothing else than what is pinned is ever installed or booted
compare() {
  local name has bad=
  for name; do
    has=$(apt_cache policy "$name" | sed -n 's/^ *Candidate: //p')
    [ "$has" = "$(pinned "$name")" ] || { echo "make-root: $name: pinned $(pinned "$name"), the mirror has ${has:-none}: decide" >&2; bad=1; }
  done
  [ -z "$bad" ] || fail "run the tests with the new versions in $versions, and put there what is right"
}

# fetch_lists: of the suite
fetch_lists() {
  mkdir "$temporary/apt"
  apt_suite=$(pinned SUITE) apt_lists "$temporary/apt" amd64 >"$temporary/log" 2>&1
  [ -n "$(apt_cache policy bpftrace)" ] || { tail -n 5 "$temporary/log" >&2; fail "the mirror has no lists of $(pinned SUITE)"; }
}

make_root() {
  local packages=(mount util-linux iproute2 kmod procps gcc make perl) name
  for name in "${clients[@]}"; do
    packages+=("$name=$(pinned "$name")")
  done
  mmdebstrap --mode=root --variant=essential --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Languages "none"' \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --include="$(IFS=,; echo "${packages[*]}")" \
    "$(pinned SUITE)" "$temporary/root" "$temporary/apt/sources.list" >"$temporary/log" 2>&1 ||
    { tail -n 20 "$temporary/log" >&2; fail "mmdebstrap could not make the root"; }
  # What a compiler may not take for the kernel's headers; bpftrace would without a word.
  rm -rf "$temporary/root/usr/include" "$temporary/root/usr/src"
  # Where a guest puts the checkout.
  mkdir -p "$temporary/root/usr/lib/modules" "$temporary/root$PWD"
  touch "$temporary/root/etc/fstab"
}

case ${1-} in
  '' | --pinned) ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac
target=$PWD/out/clients
mkdir -p "$target"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
if [ "${1-}" = --pinned ]; then
  shift
  fetch_lists
  compare "$@"
  exit
fi

# One at a time: whoever comes second finds it there.
exec 9>"$target/lock"
flock 9
if [ "$target/ready" -nt "$versions" ] && [ "$target/ready" -nt "$0" ]; then
  exit
fi
[ "$(id -u)" -eq 0 ] || fail "mmdebstrap needs root here"
command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing: run scripts/setup.sh clients"
started=$SECONDS
mapfile -t clients < <(sed -n 's/^\(bpf[^ ]*\|clang[^ ]*\|python[^ ]*\) .*/\1/p' "$versions")
fetch_lists
compare "${clients[@]}" linux-headers-amd64
make_root
scripts/make-archive.sh -o "$target/kheaders.tar.xz" --debian "$(pinned SUITE):amd64"
rm -rf --one-file-system "$target/root"
mv "$temporary/root" "$target/root"
touch "$target/ready"
echo "make-root: $(pinned SUITE): $(du -sm "$target/root" | cut -f 1) MiB, $((SECONDS - started)) s"
