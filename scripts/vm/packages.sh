#!/usr/bin/env bash
# The scenario packages, of the guest's architecture: installed, used, upgraded while mounted, removed, purged, without systemd.
# init.sh calls it; whatever is written goes to a root of its own, an overlay over the guest's.
# usage: packages.sh TREE, where TREE is what a mount is compared with
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)
tree=$1
layer=/run/layer
root=/run/root
case $(uname -m) in
  aarch64) rid=linux-arm64 ;;
  *) rid=linux-x64 ;;
esac
packages=$checkout/out/packages/$rid
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$checkout/src/Directory.Build.props")

if [ "${2-}" != inside ]; then
  mkdir -p "$layer" "$root"
  mount -t tmpfs tmpfs "$layer"
  mkdir "$layer/upper" "$layer/work"
  mount -t overlay -o "lowerdir=/,upperdir=$layer/upper,workdir=$layer/work" overlay "$root"
  for directory in /proc /sys /dev /run /tmp /mnt "$(readlink -f /lib/modules)"; do
    mount --rbind "$directory" "$root$directory"
  done
  status=0
  chroot "$root" "$0" "$tree" inside || status=$?
  umount -Rl "$root"
  umount "$layer"
  exit $status
fi

fail() { echo "$*"; exit 1; }
do_it() { "$@" >/tmp/said 2>&1 || fail "$kind: $*: status $?: $(tail -n 3 /tmp/said | xargs -d '\n')"; }
expect() { [ "$2" = "$3" ] || fail "$kind: $1: should be '$2', is '$3'"; }
# shellcheck source=scripts/packages/life.sh
source "$checkout/scripts/packages/life.sh"
deb=$(echo "$packages/kheadersfs_$version"-*.deb)
rpm=$(echo "$packages/kheadersfs-$version"-*.rpm)
newer=$checkout/out/vm/newer-packages
unpacked=/tmp/unpacked
build=/lib/modules/$(uname -r)/build
second=/var/headers

# listing: all files that were written, and directories of this name; without what package managers keep of their own
listing() {
  { find "$layer/upper" /etc /run/kheadersfs -xdev \( ! -type d -o -name '*kheadersfs*' \) -printf '%p %l\n' 2>/dev/null || true; } |
    { grep -Ev "^$layer/upper/(var/lib/(dpkg|rpm)|var/log)/" || true; } | sort
}
# servers: the program files of all that run, without their keepers
servers() {
  # shellcheck disable=SC2016 # sh's own variables
  { find /proc -maxdepth 2 -path '/proc/[0-9]*/exe' -lname '*/kheadersfs*' -exec sh -c \
    'for exe; do grep -qx kheadersfs-keep "${exe%/exe}/comm" || readlink "$exe"; done' - {} + 2>/dev/null || true; } | sort | xargs
}
# until_true WHAT COMMAND...
until_true() {
  local what=$1 until=$((SECONDS + $(limit 6)))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$until" ] || fail "$kind: waited in vain for $what"
    sleep 0.1
  done
}
no_server() { [ -z "$(servers)" ]; }
same_headers() {
  diff -r "$tree/include/net" "$1/include/net" >/tmp/said 2>&1 || fail "$kind: the headers at $1 differ: $(head -n 1 /tmp/said)"
}

# Reads headers again and again, past the page cache, one of them through a descriptor that stays open.
reader='import glob, os, sys
folder, plain, end = sys.argv[1:]
names = [os.path.basename(path) for path in glob.glob(plain + "/*.h")][:20]
def content(file):
    os.lseek(file, 0, os.SEEK_SET)
    return b"".join(iter(lambda: os.read(file, 131072), b""))
def opened(name):
    return os.open(folder + "/" + name, os.O_RDONLY | os.O_DIRECT)
right = {name: open(plain + "/" + name, "rb").read() for name in names}
held, reads = opened(names[0]), 0
print("ready", flush=True)
while not os.path.exists(end):
    for name in names:
        file = opened(name)
        if content(file) != right[name] or content(held) != right[names[0]]:
            sys.exit("wrong bytes: " + name)
        os.close(file)
        reads += 2
print("right: %d" % reads)'

# check_life KIND BINDIR RAN
check_life() {
  local program=$2/kheadersfs reading reads
  kind=$1
  listing >/tmp/before
  step "$kind" install
  expect version "kheadersfs $version" "$("$program" -V)"
  do_it mount -t fuse.kheadersfs kheaders "$build" -o mkdir
  same_headers "$build"
  expect servers "$program" "$(servers)"

  # The mount stays, with the program that serves it; the next one has the new program.
  nice -n 19 /usr/bin/python3 -B -c "$reader" "$build/include/linux" "$tree/include/linux" /tmp/enough >/tmp/reader 2>&1 &
  reading=$!
  until_true "a reader" grep -q ready /tmp/reader
  step "$kind" upgrade
  do_it mount -t fuse.kheadersfs kheaders $second -o mkdir
  same_headers $second
  expect "servers after the upgrade" "$program $program (deleted)" "$(servers)"
  touch /tmp/enough
  wait $reading || fail "$kind: a reader: $(tail -n 1 /tmp/reader)"
  rm /tmp/enough
  reads=$(sed -n 's/^right: //p' /tmp/reader)
  [ "$reads" -gt 0 ] || fail "$kind: nothing was read"

  # Mounts that somebody has made stay when the package goes.
  do_it umount $second
  step "$kind" remove
  [ ! -e "$program" ] || fail "$kind: $program is left"
  same_headers "$build"
  do_it umount "$build"
  until_true "the end of the last server" no_server
  step "$kind" purge
  if [ -e "$build" ] || [ -e $second ]; then fail "$kind: a directory that mkdir made is left"; fi
  listing | comm -13 /tmp/before - >/tmp/left
  [ ! -s /tmp/left ] || fail "$kind: what is left: $(head -n 3 /tmp/left | xargs -d '\n')"
  echo "@@ran $rid $kind $3, arm64 guest in qemu" >/dev/console
  total=$((total + reads))
}

check_image() {
  local image folder=/tmp/image device
  kind=image
  image=$packages/kheadersfs-$version-$rid.oci.tar
  mkdir "$folder"
  tar -xOf "$image" "$(tar -xOf "$image" manifest.json | sed 's/.*"Layers": *\["\([^"]*\)"\].*/\1/')" | tar -xz -C "$folder"
  mkdir "$folder/proc" "$folder/sys" "$folder/dev"
  mount --rbind /sys "$folder/sys"
  for device in fuse null; do
    touch "$folder/dev/$device"
    mount --bind "/dev/$device" "$folder/dev/$device"
  done
  modprobe kheaders
  run_image "$folder" "$tree" /kheadersfs
  rmmod kheaders
  umount "$folder/dev/fuse" "$folder/dev/null"
  umount -Rl "$folder/sys"
  echo "@@ran $rid image as process 1, alone in its root, arm64 guest in qemu" >/dev/console
}

! command -v systemctl >/dev/null || fail "there is a systemd here"
total=0
rmdir "$build" 2>/dev/null || true # of a scenario before this one
mkdir "$unpacked"
tar -xzf "$packages/kheadersfs-$version-$rid.tar.gz" -C "$unpacked" --strip-components 1
# shellcheck disable=SC2016 # dpkg-deb's own variable
check_life deb /usr/bin "$(dpkg --version | sed -n "1s/.*'dpkg'.*version \([^ ]*\) .*/dpkg \1/p")"
check_life rpm /usr/bin "$(rpm --version)"
check_life tarball /usr/local/bin sh
check_image
echo "deb, rpm and tarball: $total reads were right while they were upgraded; nothing is left of them; the image mounts by itself"
