# shellcheck shell=bash disable=SC2154 # variables of those who source it
# To be sourced: what becomes of a package, wherever it is tried. Those who source it define fail, and do_it COMMAND..., which runs a
# command in the system that the package is for; there they have
#   deb, rpm  the packages
#   newer     a directory with the same of a newer revision, as build_newer makes it
#   unpacked  the directory of the unpacked tarball
# shellcheck source=scripts/limits.sh
source "$(dirname "${BASH_SOURCE[0]}")/../limits.sh"

# build_newer DIR: for RID=..., and nothing else is left in there
build_newer() {
  rm -rf "$1"
  mkdir -p "$1"
  RELEASE=2 OUTPUT=$1 scripts/packages/deb.sh
  RELEASE=2 OUTPUT=$1 scripts/packages/rpm.sh
}

# step KIND install|upgrade|remove|purge
step() {
  local rpm_options=(--dbpath /var/lib/rpm --nodeps)
  # Debian's rpm wants it up to that of Debian 12, and does not know it after that.
  [ "$1" != rpm ] || ! rpm --help | grep -q -e --force-debian || rpm_options+=(--force-debian)
  case $* in
    'deb install') do_it dpkg --install "$deb" ;;
    'deb upgrade') do_it dpkg --install "$newer"/kheadersfs_*.deb ;;
    'deb remove') do_it dpkg --remove kheadersfs ;;
    'deb purge') do_it dpkg --purge kheadersfs ;;
    'rpm install') do_it rpm --install "${rpm_options[@]}" "$rpm" ;;
    'rpm upgrade') do_it rpm --upgrade "${rpm_options[@]}" "$newer"/kheadersfs-*.rpm ;;
    'rpm remove') do_it rpm --erase --dbpath /var/lib/rpm kheadersfs ;;
    # rpm has no purge. The lock of a mount that has outlived the package stays until the next boot.
    'rpm purge') do_it rm -r /run/kheadersfs ;;
    'tarball install' | 'tarball upgrade') do_it "$unpacked/install.sh" ;;
    'tarball remove') do_it "$unpacked/install.sh" uninstall ;;
    'tarball purge') do_it "$unpacked/install.sh" purge ;;
  esac
}

# run_image ROOT TREE COMMAND...: as process 1, alone in its root with what every container engine mounts, it serves what is in TREE
run_image() {
  local root=$1 tree=$2 process status=0
  shift 2
  # Process 1 of its own process namespace. It sees this mount namespace, as with a shared volume.
  # shellcheck disable=SC2016 # the shell inside has them
  unshare --pid --fork sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$root" \
    "$@" -o mkdir kheaders /headers 2>"$root.said" &
  process=$!
  until mountpoint -q "$root/headers"; do
    kill -0 "$process" 2>/dev/null || fail "image: $(cat "$root.said")"
    sleep 0.05
  done
  within 30 diff -r "$tree" "$root/headers" >"$root.said" || fail "image: the mount differs: $(head "$root.said")"
  kill -TERM "$(tr -d ' ' <"/proc/$process/task/$process/children")"
  wait "$process" || status=$?
  [ "$status" -eq 0 ] || fail "image: ended with $status: $(cat "$root.said")"
  [ ! -e "$root/headers" ] || fail "image: the mount is left"
}
