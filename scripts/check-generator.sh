#!/usr/bin/env bash
# Checks the generator's units under a systemd.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/check-generator.sh [-h] unit|run
  unit  systemd-analyze verify on the units that the installed generator writes
  run   a systemd as process 1 of its own namespaces runs the generator and its units: armed, first look, idle, next look,
        daemon-reload at each stage, kill -9, abort, stop, beside the service; ends with 77 where no such systemd can be started
  LOG_LEVEL=...  what the systemd of "run" logs, debug for instance; a failure shows the end of it
USAGE
}
fail() { echo "check-generator: $*" >&2; exit 1; }
skip() { echo "check-generator: $*"; exit 77; }

case ${1-} in
  unit | run) # a mount namespace of its own: whatever is mounted goes with it
    if [ "${2-}" != inside ]; then
      unshare --mount true 2>/dev/null || skip "nobody but root, with CAP_SYS_ADMIN, can start another process 1"
      exec unshare --mount "$0" "$1" inside
    fi
    # Not in /tmp: a generator of systemd 257 sees an empty one.
    temporary=$(mktemp -d -p /var/tmp)
    ;;
  process-1) temporary=$2 ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac
chmod 755 "$temporary"
[ "$1" = process-1 ] || trap 'rm -rf --one-file-system "$temporary"' EXIT
prefix=$temporary/usr
generators=$prefix/lib/systemd/system-generators

# shellcheck source=scripts/process-1.sh
source scripts/process-1.sh
place=$(readlink -f /lib/modules)/${build#/lib/modules/}
name=$(systemd-escape --path "$place")
other=6.99.0-other
other_place=${place%/*/build}/$other/build

install_below() { make -s install DESTDIR= PREFIX="$prefix" SBINDIR="$temporary/sbin"; }

check_unit() {
  local units=$temporary/late said
  install_below
  mount -t tmpfs tmpfs /sys/kernel
  touch /sys/kernel/kheaders.tar.xz
  mount -t tmpfs -o mode=755 tmpfs /lib/modules
  mkdir "${build%/build}" "$units"
  "$generators/kheadersfs-generator" "$units" "$units" "$units"
  [ "$(find "$units" -name '*.*' ! -type d ! -type l | wc -l)" -eq 5 ] || fail "not five units: $(find "$units")"
  said=$(SYSTEMD_UNIT_PATH=$units:$prefix/lib/systemd/system: systemd-analyze verify --man=no "$units"/*.*mount "$units"/*.service 2>&1) ||
    fail "systemd-analyze verify: $said"
  [ -z "$said" ] || fail "systemd-analyze verify: $said"
  # The mount is confined as the service is; its last SystemCallFilter= has more, which mount(8) needs.
  sed -n '/^CapabilityBoundingSet=/,/^SystemCallFilter=~/p' src/KHeadersFs/Systemd/kheadersfs.service >"$temporary/confinement"
  said=$(grep -vxFf "$units/$name.mount" "$temporary/confinement" || true)
  [ -s "$temporary/confinement" ] || fail "no confinement is found in the service"
  [ -z "$said" ] || fail "the service is confined by what the mount lacks: $said"
}

# Becomes systemd, with the installed units and those of the generator.
process_1() {
  local units=$temporary/units helpers
  prepare_process_1
  helpers=$(readlink -f /sbin)
  mount -t overlay -o "lowerdir=$temporary/sbin:$helpers" overlay "$helpers"
  mount -t tmpfs -o mode=755 tmpfs /var/cache
  mount -t tmpfs tmpfs "$temporary/layer"
  mkdir "$temporary/layer/upper" "$temporary/layer/work"
  mount -t overlay -o "lowerdir=/etc,upperdir=$temporary/layer/upper,workdir=$temporary/layer/work" overlay /etc
  printf 'idle=1\nkernels=all\noptions=prime\n' >/etc/kheadersfs.conf
  install -D -m 644 "$temporary/kheaders.ko" "/lib/modules/$other/kernel/kernel/kheaders.ko"
  mkdir -p "$units/kheadersfs.service.d"
  write_targets "$units"
  printf '[Service]\nType=oneshot\nExecStart=true\n' >"$units/other.service"
  printf '[Service]\nStandardError=append:/dev/console\n' >"$units/kheadersfs.service.d/log.conf"
  become_systemd "/etc/systemd/system:$units:$prefix/lib/systemd/system:/run/systemd/generator.late" "$generators"
}

# expect WHAT WANTED GOT
expect() { [ "$2" = "$3" ] || fail "$1: should be '$2', is '$3': $(tail -n 20 "$temporary/console")"; }
state() { inside systemctl show -P "$2" "$1"; }
# What this machine has mounted elsewhere came along.
mounts() { awk -v type="$1" '$3 == type { print $2 }' "/proc/$first/mounts" | { grep "^${place%/*/build}/" || true; } | xargs; }
# Not the process that -o prime sends out, which has another name.
servers() { inside pgrep -x kheadersfs | xargs; }
is_unmounted() { [ -z "$(mounts fuse.kheadersfs)" ] && [ -z "$(servers)" ]; }
is_forgotten() { is_unmounted && [ "$(state "$name.mount" ActiveState)" = inactive ] && [ "$(state "$server" ActiveState)" = inactive ]; }
is_served() { [ "$(state "$server" ActiveState)" = active ]; }
look() { inside grep -q IS_ENABLED "$1/include/linux/kconfig.h" || fail "$2: no headers at $1: $(tail -n 20 "$temporary/console")"; }
reload() { inside systemctl daemon-reload || fail "daemon-reload $1: $(tail -n 20 "$temporary/console")"; }
sorted() { tr ' ' '\n' | sort | xargs; }
# As the manual says it.
arm() { inside sh -c 'systemctl daemon-reload && systemctl start kheadersfs.target' || fail "cannot arm: $(tail -n 20 "$temporary/console")"; }
armed=$(sorted <<<"$other_place $place")
server=kheadersfs-server@$name.service

# check_service_in_the_place WHAT VERB...: what is armed, or mounted, makes place for the service, and stays away while others are started
check_service_in_the_place() {
  local what=$1
  shift
  inside systemctl "$@" kheadersfs.service || fail "$what: cannot start the service: $(tail -n 20 "$temporary/console")"
  expect "the service in the place of what was $what" "inactive active $place" \
    "$(state "$name.automount" ActiveState) $(state kheadersfs.service ActiveState) $(mounts fuse.kheadersfs)"
  look "$place" "of the service"
  inside systemctl start other.service
  expect "the service after the start of another one" "inactive active $place" \
    "$(state "$name.automount" ActiveState) $(state kheadersfs.service ActiveState) $(mounts fuse.kheadersfs)"
  inside systemctl stop kheadersfs.service
  until_true "unmounting" is_unmounted
  inside test ! -e "$place" || fail "the service has left a directory"
  inside systemctl start other.service
  expect "what is armed after the start of another service" "$other_place" "$(mounts autofs)"
}

check_run() {
  local pid held from first_look
  install_below
  mkdir "$temporary/layer"
  make_module out/archives/kheaders.tar.xz "$temporary/kheaders.ko"
  start_process_1
  [ -c /dev/autofs ] || skip "no /dev/autofs"

  until_true "arming" inside systemctl -q is-active "$name.automount"
  expect "what is armed" "$armed" "$(mounts autofs | sorted)"
  expect "at rest, servers" "" "$(servers)"
  expect "at rest, mounts" "" "$(mounts fuse.kheadersfs)"
  reload "armed"
  # What the manual says not to be a look.
  # shellcheck disable=SC2016 # the shell inside has it
  inside sh -c 'stat "$1" && ls -ld "$1" && ls -l "${1%/*}" && test -d "$1" && find "${1%/*}" -xdev' - "$place" >/dev/null
  grep -q '^ok *build .*armed' <<<"$(inside "$prefix/bin/kheadersfs" doctor || true)" || fail "the doctor does not see what is armed"
  expect "after looks from outside, mounts" "" "$(mounts fuse.kheadersfs)"

  from=${EPOCHREALTIME/./}
  look "$place" "the first look"
  first_look=$(((${EPOCHREALTIME/./} - from) / 1000))
  pid=$(servers | cut -d ' ' -f 1)
  expect "what is mounted" "$place" "$(mounts fuse.kheadersfs)"
  expect "mount namespace" "$(inside readlink /proc/1/ns/mnt)" "$(inside readlink "/proc/$pid/ns/mnt")"
  # shellcheck disable=SC2016 # awk's own variables
  expect "confinement" "CapEff:0000000000000000 CapBnd:00000000002100c0 NoNewPrivs:1 Seccomp:2 " \
    "$(inside awk '/^(CapEff|CapBnd|NoNewPrivs|Seccomp):/ { printf "%s", $1 $2 " " }' "/proc/$pid/status")"
  inside setpriv --reuid 65534 --clear-groups cat "$place/include/linux/kconfig.h" >/dev/null || fail "others cannot read"
  # Held open for longer than it would stay without use.
  # shellcheck disable=SC2016 # the shell inside has it
  inside sh -c 'exec sleep 3 <"$1"' - "$place/include/linux/fs.h" &
  held=$!
  reload "mounted"
  wait "$held"
  expect "what is mounted after daemon-reload" "$place" "$(mounts fuse.kheadersfs)"
  until_true "unmounting without use" is_forgotten
  expect "after unmounting" "waiting success inactive" \
    "$(state "$name.automount" SubState) $(state "$name.automount" Result) $(state "$name.mount" ActiveState)"

  # As DKMS looks.
  inside test -e "$place/include" || fail "the second look: no headers: $(tail -n 20 "$temporary/console")"
  look "$other_place" "another kernel's"
  expect "what is mounted" "$armed" "$(mounts fuse.kheadersfs | sorted)"
  until_true "unmounting both without use" is_forgotten

  look "$place" "the third look"
  until_true "a server that is known" is_served
  expect "the server that systemd knows" "$(servers | cut -d ' ' -f 1)" "$(state "$server" MainPID)"
  inside kill -KILL "$(state "$server" MainPID)"
  until_true "the end of a dead mount" is_unmounted
  look "$place" "after kill -9"
  until_true "a server that is known" is_served
  abort_connection "$(inside findmnt -n -t fuse.kheadersfs -o MAJ:MIN "$place")"
  until_true "the end of an aborted mount" is_unmounted
  look "$place" "after its connection was aborted"

  # Mounted, and the service is started: it waits until the directory is its own.
  check_service_in_the_place "mounted" enable --now
  inside test ! -e "/run/systemd/generator.late/kheadersfs.target.wants/$name.automount" || fail "armed beside the service"
  inside systemctl disable kheadersfs.service
  # Not enabled, for once.
  arm
  check_service_in_the_place "armed" start
  arm
  look "$place" "armed again"
  check_service_in_the_place "mounted" start
  arm
  # By hand, as without a generator.
  inside mount -t fuse.kheadersfs kheaders "$place" -o mkdir || fail "cannot mount by hand: $(tail -n 20 "$temporary/console")"
  expect "what is mounted by hand" "$place" "$(mounts fuse.kheadersfs)"
  inside umount "$place" || fail "cannot unmount by hand: $(tail -n 20 "$temporary/console")"
  until_true "unmounting by hand" is_forgotten
  # The kernel has lost its archive: a line, and no waiting for ever.
  inside mv /sys/kernel/kheaders.tar.xz /sys/kernel/later
  ! inside mount -t fuse.kheadersfs kheaders "$place" -o mkdir || fail "mounted by hand without an archive"
  grep -q "$place: .*automount" "$temporary/errors" || fail "no word of the automount: $(cat "$temporary/errors")"
  inside mv /sys/kernel/later /sys/kernel/kheaders.tar.xz
  inside systemctl reset-failed
  look "$place" "armed again"
  inside systemctl stop "$name.automount" || fail "cannot stop: $(tail -n 20 "$temporary/console")"
  until_true "unmounting" is_unmounted
  expect "after stop" "$other_place" "$(mounts autofs)"
  until_true "the end of the directory" inside test ! -e "$place"

  inside sh -c 'echo kernels=none >/etc/kheadersfs.conf'
  reload "without kernels"
  expect "units without kernels" "" "$(inside find /run/systemd/generator.late -type f)"
  echo "check-generator: armed, mounted in $first_look ms, idle, killed, stopped"
}

case $1 in
  unit) check_unit ;;
  run) check_run ;;
  process-1) process_1 ;;
esac
