#!/usr/bin/env bash
# The scenario armed: init.sh has this script become systemd, process 1 of the guest, with the units of the machine whose root this is.
# The generator arms the headers of two kernels; the scenario looks, waits, kills, and reboots with them mounted. Behind the real
# umount.target, the journal and the mount table say what became of them.
# usage: armed.sh boot | scenario | verdict
set -uo pipefail
release=$(uname -r)
run=/run/armed # as /run, it stays until the end
program=$run/bin/kheadersfs

boot() {
  local units=/run/units
  mkdir -p "$run/bin" "$run/generators" "$units/final.target.wants" /run/systemd/journald.conf.d
  # Nothing of what the shutdown unmounts may be in use then, neither the checkout nor the program in there.
  cp "$0" "${0%/*}/../limits.sh" "$run"
  cp "${PROGRAM:?}" "$program"
  ln -s ../bin/kheadersfs "$run/generators/kheadersfs-generator"
  ln -sf "$program" /usr/sbin/mount.fuse.kheadersfs
  mount -t tmpfs -o mode=755 tmpfs /var/cache
  mount -t tmpfs -o mode=755 tmpfs /var/log
  writable /etc /etc
  : >/etc/fstab
  printf 'kernels=all\nidle=8\ncolour=red\n' >/etc/kheadersfs.conf
  printf '[Journal]\nStorage=volatile\n' >/run/systemd/journald.conf.d/armed.conf
  printf '%s\n' '[Unit]' DefaultDependencies=no Wants='local-fs.target kheadersfs.target systemd-journald.service scenario.service' >"$units/armed.target"
  printf '%s\n' '[Unit]' DefaultDependencies=no After='local-fs.target kheadersfs.target systemd-journald.service' '[Service]' Type=oneshot \
    TimeoutStartSec=infinity "Environment=KHEADERSFS_SLOWNESS=${KHEADERSFS_SLOWNESS:-1}" "ExecStart=/bin/bash $run/armed.sh scenario" >"$units/scenario.service"
  printf '%s\n' '[Unit]' DefaultDependencies=no After='umount.target shutdown.target' Before=final.target '[Service]' Type=oneshot \
    StandardOutput=append:/dev/console StandardError=append:/dev/console "ExecStart=/bin/bash $run/armed.sh verdict" >"$units/verdict.service"
  ln -s ../verdict.service "$units/final.target.wants/"
  exec env -i PATH="$PATH" SYSTEMD_UNIT_PATH="$units:/etc/systemd/system:/run/systemd/generator.late:/lib/systemd/system" \
    SYSTEMD_GENERATOR_PATH="$run/generators" container= SYSTEMD_PROC_CMDLINE=systemd.show_status=no \
    /lib/systemd/systemd --system --unit=armed.target
}
# writable LOWER DIR, as in init.sh
writable() {
  local upper
  upper=$(mktemp -d /run/upper.XXXXXX)
  mkdir "$upper/upper" "$upper/work"
  mount -t overlay -o "lowerdir=$1,upperdir=$upper/upper,workdir=$upper/work" overlay "$2"
}

fail() { echo "$*"; exit 1; }
# What /proc tells is asked again and again, and not systemd: a systemctl takes a second here.
mounted() { awk -v type="$1" '$3 == type && $2 ~ /\/build$/ { print $2 }' /proc/mounts | sort | xargs; }
servers() { find /proc/[0-9]*/exe -lname "$program" 2>/dev/null | cut -d / -f 3 | xargs; }
is_at_rest() { [ -z "$(servers)" ] && [ -z "$(mounted fuse.kheadersfs)" ]; }
is_active() { [ "$(systemctl show -P ActiveState "$1")" = active ]; }
is_gone() { [[ " $(mounted fuse.kheadersfs) " != *" $1 "* ]]; }
# until_true WHAT COMMAND...
until_true() {
  local what=$1 until=$((SECONDS + $(limit 6)))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$until" ] || fail "waited in vain for $what: $(journalctl -b -n 1 -o cat)"
    sleep 0.2
  done
}
# look WHAT RELEASE: its headers are there; sets took, in milliseconds
look() {
  local from=${EPOCHREALTIME/./}
  grep -q "\"$2\"" "/lib/modules/$2/build/include/generated/utsrelease.h" || fail "$1: no headers of $2: $(journalctl -b -n 3 -o cat)"
  took=$(((${EPOCHREALTIME/./} - from) / 1000))
}

scenario() {
  local other place name all first second third pid took
  place=$(readlink -f "/lib/modules/$release")/build
  name=$(systemd-escape --path "$place")
  other=$(find /lib/modules/ -mindepth 1 -maxdepth 1 ! -name "$release" -printf '%f\n')
  all=$(printf '%s\n' "$place" "${place%/*/build}/$other/build" | sort | xargs)
  [ "$(mounted autofs)" = "$all" ] || fail "armed is $(mounted autofs) and not $all"
  is_at_rest || fail "at rest: servers $(servers), mounts $(mounted fuse.kheadersfs)"
  [ -z "$(find /var/cache/kheadersfs /run/kheadersfs 2>/dev/null)" ] || fail "at rest there are files"
  journalctl -b -o cat | grep -q '/etc/kheadersfs.conf:3: colour=red: ' || fail "the journal does not know of the wrong line in the configuration"
  systemctl daemon-reload || fail "daemon-reload while armed"

  look "the first look" "$release"
  first=$took
  [ "$(mounted fuse.kheadersfs)" = "$place" ] || fail "after the first look: $(mounted fuse.kheadersfs)"
  systemctl daemon-reload || fail "daemon-reload while mounted"
  look "after daemon-reload" "$release"
  until_true "unmounting without use" is_at_rest
  look "the second look" "$release"
  second=$took
  look "a kernel that does not run" "$other"
  third=$took
  look "both at once" "$release"

  until_true "a server that systemd knows" is_active "kheadersfs-server@$name.service"
  pid=$(systemctl show -P MainPID "kheadersfs-server@$name.service")
  kill -KILL "$pid" || fail "no server $pid"
  until_true "the end of the dead mount" is_gone "$place"
  look "after kill -9" "$release"
  systemctl stop "$name.automount" || fail "the automount does not stop"
  until_true "the end of the directory" [ ! -e "$place" ]
  systemctl start "$name.automount" || fail "the automount does not start again"
  look "armed again" "$release"
  look "for the end" "$other"
  [ "$(mounted fuse.kheadersfs)" = "$all" ] || fail "at the end is mounted $(mounted fuse.kheadersfs) and not $all"
  ! grep -q '^kheaders ' /proc/modules || fail "the module was loaded"
  # Used until the very end, by what the shutdown does not stop before it unmounts.
  systemd-run --quiet --property DefaultDependencies=no --property WorkingDirectory="$place/include" sleep 1000 || fail "nobody uses it"
  echo "$(wc -w <<<"$all") kernels armed with no process; first look $first ms, second $second, of the other kernel $third; after kill -9 and stop again"
}

# What the directories are on is unmounted when they have gone.
left_in_order() {
  journalctl -b -o cat | awk '
    /^Unmounting usr-lib-modules\.mount/ { unmounted = 1 }
    /^Stopped kheadersfs-directory@/ { if (unmounted) late = 1 }
    END { exit !unmounted || late }'
}
# What stands in the journal about the end, and what is left.
verdict() {
  local said bad word
  word=$(cat $run/word 2>/dev/null || echo failed)
  said=$(cat $run/said 2>/dev/null || echo "the scenario has not ended")
  journalctl --sync
  # All but what says of the server that it was killed.
  bad=$(journalctl -b -o short-monotonic --no-pager | grep -Ei 'failed unmounting|failed to unmount|timed out|kheadersfs.*(fail|error)|build\.(auto)?mount.*fail' |
    grep -v 'result .signal' || true)
  if [ "$word" = passed ] && ! journalctl -b -o cat | grep -q 'Reached target.*[Uu]nmount'; then
    word=failed said="umount.target was not reached"
  elif [ "$word" = passed ] && [ -n "$(mounted autofs)$(mounted fuse.kheadersfs)$(servers)" ]; then
    word=failed said="left after umount.target: $(mounted autofs) $(mounted fuse.kheadersfs) $(servers)"
  elif [ "$word" = passed ] && ! left_in_order; then
    word=failed said="what the directories are on was unmounted before they had gone"
  elif [ "$word" = passed ] && [ -n "$bad" ]; then
    printf '%s\n' "$bad"
    word=failed said="the journal: $(head -n 1 <<<"$bad")"
  fi
  if [ "$word" = passed ]; then
    said+="; rebooted with both mounted and one in use: clean journal"
  else
    journalctl -b -o short-monotonic --no-pager | tail -n 80
  fi
  echo "@@$word armed: $(tail -n 1 <<<"$said" | cut -c 1-400) ($(cut -d . -f 1 /proc/uptime) s)"
  echo "@@end"
}

case $1 in
  boot) boot ;;
  scenario)
    # shellcheck source=scripts/limits.sh
    source $run/limits.sh
    (scenario) >$run/said 2>&1
    case $? in
      0) echo passed >$run/word ;;
      *) echo failed >$run/word ;;
    esac
    systemctl --no-block reboot
    ;;
  verdict) verdict ;;
esac
