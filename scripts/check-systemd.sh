#!/usr/bin/env bash
# Checks what systemd makes of the unit and of fstab lines.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/check-systemd.sh [-h] unit|security|fstab|run
  unit      systemd-analyze verify on the unit that make install puts in place
  security  prints how exposed the service is; more than 4.1 fails
  fstab     the mount units that systemd makes of fstab lines wait for no device
  run       a systemd as process 1 of its own namespaces runs the service and an fstab line: start, kill -9, abort, stop;
            ends with 77 where no such systemd can be started
  LOG_LEVEL=...  what the systemd of "run" logs, debug for instance; a failure shows the end of it
USAGE
}
fail() { echo "check-systemd: $*" >&2; exit 1; }
skip() { echo "check-systemd: $*"; exit 77; }

case ${1-} in
  unit | security) temporary=$(mktemp -d) ;;
  fstab | run) # a mount namespace of its own: whatever is mounted goes with it
    if [ "${2-}" != inside ]; then
      unshare --mount true 2>/dev/null || skip "nobody but root, with CAP_SYS_ADMIN, can start another process 1"
      exec unshare --mount "$0" "$1" inside
    fi
    temporary=$(mktemp -d)
    ;;
  process-1) temporary=$2 ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac
chmod 755 "$temporary"
[ "$1" = process-1 ] || trap 'rm -rf --one-file-system "$temporary"' EXIT
prefix=$temporary/usr
unit=$prefix/lib/systemd/system/kheadersfs.service

install_below() { make -s install DESTDIR= PREFIX="$prefix" SBINDIR="$temporary/sbin"; }

# fstab_unit DIR LINE: what systemd makes of a line of fstab; prints the name of the mount unit
fstab_unit() {
  local files
  echo "$2" >"$temporary/fstab"
  mkdir -p "$1"
  SYSTEMD_FSTAB=$temporary/fstab SYSTEMD_LOG_TARGET=console \
    /lib/systemd/system-generators/systemd-fstab-generator "$1" "$1" "$1"
  # /lib may be a link: the name is that of the directory behind it.
  files=("$1"/*build.mount)
  [ -f "${files[0]}" ] || fail "'$2': systemd makes no mount unit"
  echo "${files[0]##*/}"
}

# waits_for_device DIR UNIT: dependencies on devices are not in the file; systemd adds them when it loads the unit
waits_for_device() {
  local nobody=()
  [ "$(id -u)" -ne 0 ] || nobody=(setpriv --reuid 65534 --clear-groups) # root may not use --test
  # systemd 257 writes an arrow of its own where the locale knows UTF-8.
  env -i LC_ALL=C SYSTEMD_UNIT_PATH="$1:" "${nobody[@]}" /lib/systemd/systemd --test --system --unit="$2" >"$temporary/dump" 2>&1 ||
    fail "$2: $(tail -n 5 "$temporary/dump")"
  grep -qF -- "-> Unit $2:" "$temporary/dump" || fail "$2: systemd has not loaded it"
  # Not -v: it would take the \x2d of the name for a character.
  unit=$2: awk '$1 == "->" && $2 == "Unit" { ours = $3 == ENVIRON["unit"] } ours && /Requires:.*\.device/ { print; found = 1 }
    END { exit !found }' "$temporary/dump"
}

check_unit() {
  local said
  install_below
  # Documentation= is checked by asking man(1), where there is one; it finds the manual of PREFIX by itself once it is a usual one.
  local man=no
  if command -v man >/dev/null; then man=yes; fi
  said=$(MANPATH=$prefix/share/man systemd-analyze verify --man="$man" "$unit" 2>&1) || fail "systemd-analyze verify: $said"
  said=$(grep -v 'Command .man kheadersfs(8). failed' <<<"$said" || true)
  [ -z "$said" ] || fail "systemd-analyze verify: $said"
  # One of these would hide the mount from everybody (systemd: src/core/execute.c, exec_needs_mount_namespace).
  ! grep -nE '^(Private[A-Za-z]*|Protect(System|Home|Proc|Kernel[A-Za-z]*|ControlGroups)|ProcSubset|RootDirectory|RootImage|[A-Za-z]*Paths|TemporaryFileSystem|MountFlags|MountImages|Extension[A-Za-z]*|DynamicUser|(Runtime|State|Cache|Logs)Directory|BindLogSockets|NetworkNamespacePath|IPCNamespacePath)=' \
    "$unit" || fail "the service would have a mount namespace of its own"
  # The first would wait for the server that it is about to start.
  local pattern path
  for path in build build/kheaders.ko build/include/kheaders.ko; do
    while read -r pattern; do
      # shellcheck disable=SC2053 # it is a pattern
      [[ /lib/modules/%v/$path != $pattern ]] || fail "process 1 would look into the mount: $pattern"
    done < <(sed -n 's/^\(Condition\|Assert\)[A-Za-z]*=[|!]*//p' "$unit")
  done
}

check_security() {
  install_below
  systemd-analyze security --offline=true --no-pager --threshold=41 "$unit" | tail -n 1
}

check_fstab() {
  local units=$temporary/units options unit
  # systemd 262 complains of any other.
  umount -R /sys/fs/cgroup 2>/dev/null || true
  mount -t cgroup2 cgroup2 /sys/fs/cgroup || skip "no cgroups of version 2 here"
  for options in ro,nofail ro,noauto,x-systemd.automount user,noauto; do
    rm -rf "$units"
    unit=$(fstab_unit "$units" "kheaders $build fuse.kheadersfs $options 0 0")
    ! waits_for_device "$units" "$unit" || fail "$options: waits for a device"
    [[ $options != *automount* ]] || [ -f "$units/${unit%.mount}.automount" ] || fail "$options: no automount unit"
    SYSTEMD_UNIT_PATH=$units: systemd-analyze verify --man=no "$units/$unit" || fail "$options: systemd-analyze verify"
  done
  # What the manual warns of; here it shows that the check can fail.
  rm -rf "$units"
  unit=$(fstab_unit "$units" "/sys/kernel/kheaders.tar.xz $build fuse.kheadersfs ro,nofail 0 0")
  waits_for_device "$units" "$unit" || fail "a path below /sys waits for no device: is the manual wrong?"
}

# shellcheck source=scripts/process-1.sh
source scripts/process-1.sh

# Becomes systemd, with units of this check and no others.
process_1() {
  local units=$temporary/units helpers
  prepare_process_1
  helpers=$(readlink -f /sbin)
  mount -t overlay -o "lowerdir=$temporary/sbin:$helpers" overlay "$helpers"

  mount -t tmpfs -o mode=755 tmpfs /var/cache

  mkdir -p "$units/kheadersfs.service.d"
  write_targets "$units"
  cp "$unit" "$units"
  printf '[Service]\nStandardError=append:/dev/console\n' >"$units/kheadersfs.service.d/log.conf"
  fstab_unit "$units" "kheaders $build fuse.kheadersfs noauto,x-systemd.automount,idle=2 0 0" >"$temporary/mount-unit"
  # Not armed from the beginning.
  rm -r "$units"/local-fs.target.*
  become_systemd "$units"
}

property() { inside systemctl show -P "$1" kheadersfs.service; }
mounts() { inside findmnt -n -t fuse.kheadersfs -o TARGET | wc -l; }
# expect WHAT WANTED GOT
expect() { [ "$2" = "$3" ] || fail "$1: should be '$2', is '$3': $(tail -n 20 "$temporary/console")"; }
# kept_store: modes of the cache directory and of the one file there, and whose it is
kept_store() { inside stat -c '%a' /var/cache/kheadersfs | tr '\n' ' '; inside find /var/cache/kheadersfs -type f -printf '%m %u'; }
serves_kept_store() { inside find "/proc/$(property MainPID)/fd/" -lname '/var/cache/kheadersfs/*' | wc -l; }
has_restarted() { [ "$(property MainPID)" -gt 0 ] && [ "$(property MainPID)" != "$1" ] && [ "$(property ActiveState)" = active ]; }
# device: the number of the file system: another one is another mount
device() { inside findmnt -n -t fuse.kheadersfs -o MAJ:MIN | xargs; }

takeovers() { grep -c 'took over kheaders' "$temporary/console" || true; }
has_taken_over() { [ "$(takeovers)" -ge "$1" ]; }

# What goes on while the server is killed, replaced and restarted, and what its users notice: nothing.
check_takeover() {
  local pid mount count reads before
  mount=$(device)
  before=$(takeovers)
  start_reader
  for count in $(seq 50); do
    pid=$(property MainPID)
    inside kill -KILL "$pid"
    until_true "server $count after kill -9" has_restarted "$pid"
  done
  for count in 1 2 3; do
    pid=$(property MainPID)
    inside systemctl restart kheadersfs.service || fail "cannot restart: $(tail -n 20 "$temporary/console")"
    [ "$pid" != "$(property MainPID)" ] || fail "not restarted"
    inside systemctl reload kheadersfs.service || fail "cannot reload: $(tail -n 20 "$temporary/console")"
    # The signal of a reload is sent, and not waited for.
    until_true "takeover by reload $count" has_taken_over "$((before + 50 + 2 * count))"
  done
  end_reader
  expect "the mount after 50 kills, 3 restarts and 3 reloads" "$mount" "$(device)"
  [ "$reads" -gt 500 ] || fail "only $reads reads"
  expect "takeovers" 56 "$(($(takeovers) - before))"
  echo "check-systemd: $reads reads were right through 50 kills, 3 restarts and 3 reloads"
}

# What aborts the connection of a mount that is in use ends its server, and the mount with it. It comes back. One that is not in use is
# unmounted by umount -f as by umount: that is what somebody wants.
check_aborts() {
  local way pid number user
  for way in control force; do
    pid=$(property MainPID)
    number=$(device)
    # shellcheck disable=SC2016 # the shell inside has it
    inside sh -c 'cd "$1" && echo >"$2" && exec sleep 20' - "$build" "$temporary/in-use" &
    user=$!
    until_true "a user of the mount" test -e "$temporary/in-use"
    rm "$temporary/in-use"
    case $way in
      control) abort_connection "$number" ;;
      force) ! inside umount -f "$build" || fail "umount -f has unmounted what was in use" ;;
    esac
    until_true "a new server after $way" has_restarted "$pid"
    expect "mounts after $way" 1 "$(mounts)"
    [ "$number" != "$(device)" ] || fail "$way: the mount is still the one whose connection was aborted"
    inside grep -q IS_ENABLED "$build/include/linux/kconfig.h" || fail "$way: the new mount does not answer"
    kill "$user"
    wait "$user" || true
  done
  echo "check-systemd: the mount came back after its connection was aborted"
}

# With -o idle it goes by itself: that is no failure, and no reason to start it again.
check_idle() {
  local line dropin=$temporary/units/kheadersfs.service.d/idle.conf
  line=$(sed -n 's/^\(ExecStart=.* -o \)mkdir,/\1idle=1,mkdir,/p' "$unit")
  printf '[Service]\nExecStart=\n%s\n' "$line" >"$dropin"
  inside systemctl daemon-reload
  inside systemctl start kheadersfs.service || fail "cannot start with -o idle: $(tail -n 20 "$temporary/console")"
  until_true "unmounting without use" is_unmounted
  until_true "the end of an idle service" is_inactive
  expect "an idle service" "inactive success 0 0" \
    "$(property ActiveState) $(property Result) $(property NRestarts) $(property NFileDescriptorStore)"
  rm "$dropin"
  inside systemctl daemon-reload
}
# said_why: how often the service has said why it does not start
said_why() { grep -c "kheadersfs: $build .*headers" "$temporary/console" || true; }
is_inactive() { [ "$(property ActiveState)" = inactive ]; }

has_no_mounts() { [ "$(mounts)" -eq 0 ]; }
is_unmounted() { [ "$(mounts)" -eq 0 ] && ! inside test -e "$build"; }

check_run() {
  local pid mount_unit
  install_below
  start_process_1

  inside systemctl start kheadersfs.service || fail "cannot start: $(tail -n 20 "$temporary/console")"
  expect "mounts after start" 1 "$(mounts)"
  inside setpriv --reuid 65534 --clear-groups cat "$build/include/linux/kconfig.h" >/dev/null || fail "others cannot read"
  pid=$(property MainPID)
  expect "mount namespace" "$(inside readlink /proc/1/ns/mnt)" "$(inside readlink "/proc/$pid/ns/mnt")"
  # shellcheck disable=SC2016 # awk's own variables
  expect "confinement" "CapEff:0000000000000000 CapBnd:00000000002100c0 NoNewPrivs:1 Seccomp:2 " \
    "$(inside awk '/^(CapEff|CapBnd|NoNewPrivs|Seccomp):/ { printf "%s", $1 $2 " " }' "/proc/$pid/status")"

  # All of it: a walk that was stopped early says why.
  until_true "priming" grep -q ': primed [0-9]* names.* s[[:space:]]*$' "$temporary/console"
  expect "the kept store" "700 600 root" "$(kept_store)"

  inside kill -KILL "$pid"
  until_true "a new server after kill -9" has_restarted "$pid"
  expect "mounts after kill -9" 1 "$(mounts)"
  expect "what the new server reads" 1 "$(serves_kept_store)"
  inside test -e "$build/include/linux/kconfig.h" || fail "the new mount does not answer"

  check_takeover
  check_aborts
  # Killed while its stop is under way. (A stop that comes after the kill and within some 15 ms before the restart finds no command of the
  # unit that systemd still runs, and leaves a dead mount: src/docs/lifetime.md.)
  pid=$(property MainPID)
  # shellcheck disable=SC2016 # the shell inside has them
  inside sh -c 'systemctl stop --no-block kheadersfs.service; kill -KILL "$1" 2>/dev/null; exec systemctl stop kheadersfs.service' - "$pid"
  until_true "unmounting" is_unmounted
  expect "descriptors kept after that" 0 "$(property NFileDescriptorStore)"
  inside systemctl reset-failed kheadersfs.service || true # an error where it has not failed and was forgotten
  inside systemctl start kheadersfs.service || fail "cannot start again: $(tail -n 20 "$temporary/console")"

  inside systemctl stop kheadersfs.service
  until_true "unmounting" is_unmounted
  expect "result of stop" "inactive success" "$(property ActiveState) $(property Result)"

  check_idle

  # Nothing can be kept: the mount comes up all the same.
  inside rm -r /var/cache/kheadersfs
  inside mount -o remount,ro /var/cache
  inside systemctl start kheadersfs.service || fail "cannot start with a read-only /var: $(tail -n 20 "$temporary/console")"
  expect "with a read-only /var" "active 1" "$(property ActiveState) $(mounts)"
  inside systemctl stop kheadersfs.service
  until_true "unmounting" is_unmounted
  inside mount -o remount,rw /var/cache

  # What somebody else's killed server has left; the kernel still knows its files.
  inside "$prefix/bin/kheadersfs" -o mkdir kheaders "$build"
  inside cat "$build/include/linux/kconfig.h" >/dev/null
  # shellcheck disable=SC2016 # perl's own variables
  inside perl -e 'kill KILL => grep { readlink("/proc/$_/exe") eq $ARGV[0] } map { m{(\d+)} } glob "/proc/[0-9]*"' "$prefix/bin/kheadersfs"
  inside systemctl start kheadersfs.service || fail "cannot replace a dead mount: $(tail -n 20 "$temporary/console")"
  expect "after replacing a dead mount" "active 1" "$(property ActiveState) $(mounts)"
  inside systemctl stop kheadersfs.service
  until_true "unmounting" is_unmounted

  inside mkdir "$build"
  inside touch "$build/Makefile"
  inside systemctl start kheadersfs.service || true
  expect "beside packaged headers" "inactive 0" "$(property ActiveState) $(mounts)"
  expect "words about packaged headers" 1 "$(said_why)"
  inside rm -r "$build"

  mount_unit=$(cat "$temporary/mount-unit")
  inside mkdir "$build"
  inside systemctl start "$mount_unit" || fail "cannot start $mount_unit: $(tail -n 20 "$temporary/console")"
  expect "mounts of the fstab line" 1 "$(mounts)"
  inside systemctl stop "$mount_unit"
  expect "mounts after that" 0 "$(mounts)"
  if [ -c /dev/autofs ]; then
    inside systemctl start "${mount_unit%.mount}.automount"
    expect "mounts before the first look" 0 "$(mounts)"
    inside test -e "$build/include/linux/kconfig.h" || fail "the automount does not answer"
    expect "mounts after the first look" 1 "$(mounts)"
    inside systemctl start kheadersfs.service || true
    expect "beside an automount of fstab" "inactive 1 2" "$(property ActiveState) $(mounts) $(said_why)"
    until_true "unmounting without use" has_no_mounts
    inside test -e "$build/include/linux/kconfig.h" || fail "the automount does not answer again"
    expect "mounts after the next look" 1 "$(mounts)"
  fi
  echo "check-systemd: started, killed, restarted, stopped"
}

case $1 in
  unit) check_unit ;;
  security) check_security ;;
  fstab) check_fstab ;;
  run) check_run ;;
  process-1) process_1 ;;
esac
