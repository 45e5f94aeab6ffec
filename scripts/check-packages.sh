#!/usr/bin/env bash
# Checks the packages: installed, used, upgraded while mounted, removed, purged; nothing is left.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/check-packages.sh [-h] run|image|lint
  run    deb, rpm and tarball, one after the other, in a copy of this system with a systemd of its own as process 1:
         install, mount by mount(8) and by the service, upgrade while a program reads, remove, purge; ends with 77 where no such
         systemd can be started
  image  the container image's digests agree; its program, alone in its root with /proc, /sys and /dev, mounts the archive
  lint   lintian finds no errors in the .deb; all packages hold the program and the licences of what is linked in, and need nothing;
         also with RID=... of the other architecture
All want the packages of this machine's architecture in out/packages, and out/archives/kheaders.tar.xz: run
"make packages out/archives/kheaders.tar.xz".
What has run a package is noted in out/packages/ran, for scripts/packages/table.sh.
USAGE
}
# shellcheck source=scripts/needs.sh
. scripts/needs.sh
skip() { echo "check-packages: $*"; exit 77; }

case ${1-} in
  run | image)
    if [ "${2-}" != inside ]; then
      unshare --mount true 2>/dev/null || skip "nobody but root, with CAP_SYS_ADMIN, can mount"
      exec unshare --mount "$0" "$1" inside
    fi
    temporary=$(mktemp -d)
    ;;
  lint) temporary=$(mktemp -d) ;;
  process-1) temporary=$2 ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac
chmod 755 "$temporary"
[ "$1" = process-1 ] || trap 'rm -rf --one-file-system "$temporary"' EXIT
# shellcheck source=scripts/process-1.sh
source scripts/process-1.sh
# shellcheck source=scripts/packages/common.sh
source scripts/packages/common.sh
# shellcheck source=scripts/packages/life.sh
source scripts/packages/life.sh
archive=out/archives/kheaders.tar.xz
other_build=$(readlink -f /lib/modules)/6.99.0-other/build

deb=$PWD/$output/kheadersfs_$version-1_$debian.deb
rpm=$PWD/$output/kheadersfs-$version-1.$rpm_architecture.rpm
tarball=$output/kheadersfs-$version-$RID.tar.gz
image=$output/kheadersfs-$version-$RID.oci.tar
newer=$temporary/newer
unpacked=$temporary/${tarball##*/}
# note KIND TEXT: what has run a package
note() { scripts/packages/note.sh "$RID" "$@"; }

# What a mount is compared with.
unpack_archive() {
  mkdir "$temporary/tree"
  mount -t tmpfs -o mode=755 tmpfs "$temporary/tree"
  tar -xJf "$archive" -C "$temporary/tree"
}

# Becomes systemd, in a copy of this system: what is written goes to a tmpfs. It has no units but what is installed.
process_1() {
  prepare_process_1
  enter_copy "$temporary/layer" "$temporary/root"
  mount -t tmpfs -o mode=755 tmpfs /usr/lib/systemd/system
  mount -t tmpfs -o mode=755 tmpfs /etc/systemd/system
  write_targets /usr/lib/systemd/system
  # No generators but the one that is installed.
  mount -t tmpfs -o mode=755 tmpfs /usr/lib/systemd/system-generators
  echo kernels=all >/etc/kheadersfs.conf
  install -D -m 644 "$temporary/kheaders.ko" "${other_build%/build}/kernel/kernel/kheaders.ko"
  become_systemd /etc/systemd/system:/usr/local/lib/systemd/system:/usr/lib/systemd/system:/run/systemd/generator.late
}

# listing: all files that differ from the system as it was, and directories of this name; without what package managers keep of their own
listing() {
  { inside find "$temporary/layer/upper" /usr/lib/systemd/system /usr/lib/systemd/system-generators /etc/systemd/system /run/kheadersfs \
    \( ! -type d -o -name '*kheadersfs*' \) -printf '%p %l\n' || true; } | sed "s|^$temporary/layer/upper||" |
    { grep -Ev '^/(var/lib/(dpkg|rpm)|var/cache/man|var/log)/' || true; } | sort
}
property() { inside systemctl show -P "$1" kheadersfs.service; }
expect() { [ "$2" = "$3" ] || fail "$kind: $1: should be '$2', is '$3': $(cat "$temporary/errors"; tail -n 20 "$temporary/console")"; }
do_it() { inside "$@" >"$temporary/said" 2>&1 || fail "$kind: $*: $(cat "$temporary/said" "$temporary/errors"; tail -n 20 "$temporary/console")"; }
device() { inside findmnt -n -o MAJ:MIN "$1"; }
# servers: the program files of all that run, without their keepers
servers() {
  # shellcheck disable=SC2016 # sh's own variables
  inside find /proc -maxdepth 2 -path '/proc/[0-9]*/exe' -lname '*kheadersfs*' -exec sh -c \
    'for exe; do grep -qx kheadersfs-keep "${exe%/exe}/comm" || readlink "$exe"; done' - {} + | sort
}

# A package of the same kernel's headers is installed while ours are mounted: dpkg leaves its link out, and our package says so.
check_headers_package() {
  local package root=$temporary/headers
  package=linux-headers-$(uname -r)
  mkdir -p "$root/DEBIAN" "$root/usr/src/$package" "$root${build%/build}"
  printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: none <none@example.org>\nDescription: headers\n' "$package" >"$root/DEBIAN/control"
  touch "$root/usr/src/$package/Makefile"
  ln -s "/usr/src/$package" "$root$build"
  dpkg-deb --root-owner-group --build "$root" "$root.deb" >"$temporary/said"
  do_it dpkg --install "$root.deb"
  inside test ! -L "$build" || fail "dpkg has made a link where headers are mounted: is the manual wrong?"
  grep "^kheadersfs: $package: .*$build" "$temporary/errors" | grep -qw link || fail "no word of a missing link: $(cat "$temporary/errors")"
  inside kheadersfs doctor >"$temporary/said" || true
  grep -q "^warning  packages " "$temporary/said" || fail "the doctor does not see a missing link: $(cat "$temporary/said")"
  do_it dpkg --remove "$package"
}

# check_life KIND BINDIR
check_life() {
  local pid number by_hand=/mnt/kheadersfs-by-hand
  kind=$1
  listing >"$temporary/before"
  step "$kind" install
  expect "version" "kheadersfs $version" "$(inside "$2/kheadersfs" -V)"

  # As a user mounts it, and as the service does.
  do_it mount -t fuse.kheadersfs kheaders $by_hand -o mkdir
  inside diff -r "$temporary/tree" $by_hand >"$temporary/said" || fail "$kind: the mount differs: $(head "$temporary/said")"
  do_it systemctl enable --now kheadersfs.service
  pid=$(property MainPID)
  number=$(device "$build")
  # The service's -o prime sends out a process that ends by itself.
  until_true "two servers" expected_servers "$2/kheadersfs $2/kheadersfs"

  [ "$kind" != deb ] || check_headers_package

  # The service's server is replaced by the new program in its own process; the other one serves on.
  start_reader
  step "$kind" upgrade
  until_true "the new program" new_program "$pid" "$2/kheadersfs"
  expect "process after the upgrade" "$pid" "$(property MainPID)"
  expect "mount after the upgrade" "$number" "$(device "$build")"
  expect "unit that systemd knows" no "$(property NeedDaemonReload)"
  until_true "a new server and the old one" expected_servers "$2/kheadersfs $2/kheadersfs (deleted)"
  end_reader
  [ "$reads" -gt 0 ] || fail "$kind: nothing was read"

  # The other kernel's headers, by the generator's units.
  do_it systemctl start "$(systemd-escape --path --suffix=automount "$other_build")"
  inside diff "$temporary/tree/include/linux/kconfig.h" "$other_build/include/linux/kconfig.h" || fail "$kind: no headers at the first look"

  # What the package mounts goes with it, what a user has mounted stays.
  step "$kind" remove
  expect "what is mounted below ${other_build%/*/build}" '' "$(inside findmnt -n -t fuse.kheadersfs,autofs -o TARGET | grep "^${other_build%/*/build}/")"
  inside test ! -e "$build" || fail "$kind: $build is left"
  until_true "the end of the directory" inside test ! -e "$other_build"
  inside diff "$temporary/tree/include/linux/kconfig.h" $by_hand/include/linux/kconfig.h || fail "$kind: the mount by hand is gone"
  do_it umount $by_hand
  until_true "the end of the last server" no_server
  step "$kind" purge
  inside test ! -e $by_hand || fail "$kind: $by_hand is left"
  inside test ! -e /var/cache/kheadersfs || fail "$kind: /var/cache/kheadersfs is left"
  listing >"$temporary/after"
  diff "$temporary/before" "$temporary/after" || fail "$kind: what stands right is left"
  echo "check-packages: $kind: $reads reads were right while it was upgraded; nothing is left"
  note "$kind" "$3"
}
new_program() { [ "$(inside readlink "/proc/$1/exe")" = "$2" ]; }
expected_servers() { [ "$(servers | xargs)" = "$1" ]; }
no_server() { [ -z "$(servers)" ]; }

check_run() {
  local systemd
  systemd=$(systemctl --version | sed -n '1s/.*(\(.*\))/systemd \1/p')
  mkdir "$temporary/layer" "$temporary/root" "$unpacked"
  unpack_archive
  make_module "$archive" "$temporary/kheaders.ko"
  tar -xzf "$tarball" -C "$unpacked" --strip-components 1
  build_newer "$newer" >"$temporary/said"
  start_process_1
  trap 'umount -l "$temporary/tree"; stop_process_1' EXIT
  check_life deb /usr/bin "dpkg $(dpkg-query -W -f '${Version}' dpkg), $systemd"
  check_life rpm /usr/bin "$(rpm --version), $systemd"
  check_life tarball /usr/local/bin "sh, $systemd"
}

# blob DESCRIPTION: the file that it describes, whose digest and size must be those that it says
blob() {
  local digest size file
  read -r digest size < <(jq -r '"\(.digest) \(.size)"' <<<"$1")
  file=$temporary/image/blobs/${digest/://}
  [ "sha256:$(sha256sum <"$file" | cut -d ' ' -f 1)" = "$digest" ] || fail "image: $digest has another digest"
  [ "$(stat -c %s "$file")" = "$size" ] || fail "image: $digest has another size"
  echo "$file"
}

check_image() {
  local manifest config layer root=$temporary/root command device
  mkdir "$temporary/image" "$root"
  tar -xf "$image" -C "$temporary/image"
  manifest=$(blob "$(jq -c '.manifests[0]' "$temporary/image/index.json")")
  config=$(blob "$(jq -c .config "$manifest")")
  layer=$(blob "$(jq -c '.layers[0]' "$manifest")")
  [ "sha256:$(gzip -dc "$layer" | sha256sum | cut -d ' ' -f 1)" = "$(jq -r '.rootfs.diff_ids[0]' "$config")" ] ||
    fail "image: the layer is not what its configuration says"
  jq -e --slurpfile docker "$temporary/image/manifest.json" \
    '.config.digest + .layers[0].digest | sub(":"; "/"; "g") == ($docker[0][0] | .Config + .Layers[0] | gsub("blobs/"; ""))' \
    "$manifest" >/dev/null || fail "image: manifest.json, for old versions of docker, names other files"
  mount -t tmpfs -o mode=755 tmpfs "$root"
  trap 'umount -Rl "$temporary/root" "$temporary/tree"; rm -rf --one-file-system "$temporary"' EXIT
  tar -xzf "$layer" -C "$root"
  [ "$(cd "$root" && find . -printf '%p %m\n' | sort | xargs)" = ". 755 ./kheadersfs 755" ] || fail "image: it does not hold the program alone"

  # What every container engine mounts; the kernel carries an archive.
  unpack_archive
  mkdir "$root/proc" "$root/sys" "$root/dev"
  mount --rbind /sys "$root/sys"
  mount -t tmpfs tmpfs "$root/sys/kernel"
  cp "$archive" "$root/sys/kernel"
  mount -t tmpfs tmpfs "$root/dev"
  for device in fuse null; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mapfile -t command < <(jq -r '.config.Entrypoint[]' "$config")
  [ "$(chroot "$root" "${command[@]}" -V)" = "kheadersfs $version" ] || fail "image: the program is another version"
  run_image "$root" "$temporary/tree" "${command[@]}"
  note image "as process 1, alone in its root"
  echo "check-packages: image: mounted, read, ended"
}

# Starts the program of RID, by qemu where this machine is another one.
start_program() {
  local qemu=() machine=${triple%%-*} said
  if [ "$RID" != "$host" ]; then
    qemu=("qemu-$machine-static")
    if ! command -v "${qemu[0]}" >/dev/null; then
      echo "check-packages: not started, for there is no ${qemu[0]}: $program"
      return
    fi
  fi
  said=$("${qemu[@]}" "$program" -V)
  [ "$said" = "kheadersfs $version" ] || fail "$program: -V should say $version, and says $said"
  note program "\`-V\`${qemu[0]:+, by ${qemu[0]}}"
}

check_lint() {
  needs lintian
  local digest name needs
  digest=$(sha256sum <"$program")
  dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/bin/kheadersfs | sha256sum | cmp -s - <(echo "$digest") || fail "deb: it holds another program"
  tar -xzOf "$tarball" "kheadersfs-$version-$RID/files/bin/kheadersfs" | sha256sum | cmp -s - <(echo "$digest") ||
    fail "tarball: it holds another program"
  rpm --query --queryformat '[%{filenames} %{filedigests}\n]' --package "$rpm" 2>/dev/null |
    grep -qx "/usr/bin/kheadersfs ${digest%% *}" || fail "rpm: it holds another program"
  start_program
  needs=$(rpm --query --requires --package "$rpm" | grep -Ev '^rpmlib\(|^/bin/sh$' || true)
  [ -z "$needs" ] || fail "rpm: a static program needs nothing, and it needs $needs"
  needs=$(dpkg-deb --field "$deb" Depends)
  [ -z "$needs" ] || fail "deb: a static program needs nothing, and it needs $needs"
  dpkg-deb --contents "$deb" >"$temporary/contents"
  for name in liblzma zstd OpenSSL glibc libgcc dotnet-runtime; do
    grep -q "/licences/$name-" "$temporary/contents" || fail "deb: the licence of $name is missing"
  done
  # A package for cross-compiling has a version of its own.
  [[ -n $(oldest_glibc) || $(scripts/packages/linked.sh) == *$'\nglibc\t2.'* ]] || fail "linked.sh does not give the version of glibc"
  lintian --fail-on error "$deb" 2>&1 || fail "lintian has found errors"
  echo "check-packages: packages of $RID hold the same program and its licences"
}

case $1 in
  run) check_run ;;
  image) check_image ;;
  lint) check_lint ;;
  process-1) process_1 ;;
esac
