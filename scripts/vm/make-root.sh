#!/usr/bin/env bash
# Makes the root of guests of another architecture.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/apt-lists.sh
. scripts/apt-lists.sh

usage() {
  cat <<'USAGE'
usage: scripts/vm/make-root.sh [-h] ARCHITECTURE
Unpacks Debian's packages for an architecture (arm64), with all that they depend on, into out/vm/root-ARCHITECTURE: what
scripts/vm/init.sh and its scenarios call. Nothing is configured, no script of a package is run. A root that is newer than this
script is left as it is.
USAGE
}
fail() { echo "make-root: $*" >&2; exit 1; }
case ${1-} in
  -h | --help) usage; exit ;;
  '' | -*) usage >&2; exit 2 ;;
esac
architecture=$1
root=$PWD/out/vm/root-$architecture
[ ! "$root/ready" -nt scripts/vm/make-root.sh ] || exit 0
started=$SECONDS

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
packages=(base-files bash dash coreutils diffutils findutils grep gzip libc-bin sed mawk tar xz-utils mount util-linux kmod procps
  iproute2 gcc python3-minimal dpkg rpm)
{
  apt_lists "$temporary" "$architecture"
  apt_get install --download-only -y "${packages[@]}"
} >"$temporary/log" 2>&1 || { tail -n 20 "$temporary/log" >&2; fail "cannot download packages for $architecture"; }

rm -rf "$root"
# The packages still have files in /bin, /sbin and /lib, which are links.
mkdir -p "$root/usr"/{bin,sbin,lib}
ln -s usr/bin usr/sbin usr/lib "$root/"
for package in "$temporary"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$root"
done
# What the scripts of the packages, or an installer, would have made.
ln -sf mawk "$root/usr/bin/awk"
ln -sf /proc/self/mounts "$root/etc/mtab"
touch "$root/etc/fstab" "$root/var/lib/dpkg/status"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
# Where run.sh puts the checkout.
mkdir -p "$root/usr/lib/modules" "$root/dev" "$root/proc" "$root/sys" "$root/run" "$root/tmp" "$root/mnt" "$root$PWD"
touch "$root/ready"
echo "make-root: $architecture: $(du -sm "$root" | cut -f 1) MiB, $((SECONDS - started)) s"
