#!/usr/bin/env bash
# Checks the program under what takes the place of systemd elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/check-inits.sh [-h] openrc|busybox|autofs
  openrc   OpenRC, as process 1 of a copy of this system, runs the service that make install OPENRCDIR=/etc/init.d puts in place:
           start, kill -9, reload, restart, wrong options, stop, shutdown; so does the tarball's install.sh
  busybox  busybox init, as process 1 of a root that holds busybox and the program alone, runs the line of src/docs/install.md:
           no archive, kill -9, unmounting by hand, halt
  autofs   automount(8), in a copy of this system, has the map of src/docs/install.md: two kernels, kill -9, idle, stop
Each mounts, reads a whole header, replaces a killed server, and leaves no mount, no process and no directory; it ends with 77 where
no such process 1 can be started. Needs what make builds, and out/archives/kheaders.tar.xz. Debian's packages of OpenRC and autofs
are unpacked into out/inits and not installed: installed, they would start services of their own.
USAGE
}
fail() { echo "check-inits: $*" >&2; exit 1; }
# shellcheck source=scripts/needs.sh
. scripts/needs.sh
skip() { echo "check-inits: $*"; exit 77; }

case ${1-} in
  openrc | busybox | autofs) # a mount namespace of its own: whatever is mounted goes with it
    needs mandoc
    [ "$1" != busybox ] || needs busybox
    if [ "${2-}" != inside ]; then
      unshare --mount true 2>/dev/null || skip "nobody but root, with CAP_SYS_ADMIN, can start another process 1"
      exec unshare --mount "$0" "$1" inside
    fi
    temporary=$(mktemp -d)
    chmod 755 "$temporary"
    trap 'rm -rf --one-file-system "$temporary"' EXIT
    echo "$1" >"$temporary/kind"
    ;;
  process-1) temporary=$2 ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac
kind=$(cat "$temporary/kind")
# shellcheck source=scripts/process-1.sh
source scripts/process-1.sh

archive=out/archives/kheaders.tar.xz
header=include/linux/sched.h
# As seen from inside.
program=/usr/local/bin/kheadersfs
kernel=/sys/kernel/kheaders.tar.xz
other_kernel=6.1.0-other

# unpack_package NAME: with the libraries that it depends on and that are not installed, whatever this suite calls them
unpack_package() {
  local libraries
  command -v apt-get >/dev/null || skip "no apt-get here to download $1 with"
  mapfile -t libraries < <(apt-cache depends "$1" | sed -n 's/^ *Depends: \(lib.*\)/\1/p' |
    while read -r name; do dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || echo "$name"; done)
  scripts/make-sysroot.sh "$(dpkg --print-architecture)" "out/inits/$kind" "$1" "${libraries[@]}" || skip "cannot download $1 ${libraries[*]}"
}

# documented PATTERN: the one line of src/docs/install.md that matches; the manual has to say the same
documented() {
  local line
  line=$(sed -n 's/^ \{4,\}//p' src/docs/install.md | grep -e "$1")
  [ "$(wc -l <<<"$line")" -eq 1 ] || fail "src/docs/install.md: one line should match $1"
  mandoc -T ascii -O width=1000 out/kheadersfs.8 >"$temporary/manual"
  grep -qxF -- "       $line" "$temporary/manual" || fail "the manual does not say: $line"
  echo "$line"
}

# Becomes the init, in a root of its own.
process_1() {
  prepare_process_1
  # Below $temporary, so that what is left in there can be seen when process 1 has ended.
  mkdir -p "$temporary/modules/$(uname -r)"
  mount --bind "$temporary/modules" /lib/modules
  mkdir "$temporary/root" "$temporary/layer"
  "enter_$kind"
}

enter_openrc() {
  enter_copy "$temporary/layer" "$temporary/root"
  add_packages
  rm -rf /etc/init.d /etc/runlevels
  mkdir -p /etc/init.d /etc/conf.d /etc/insserv.conf.d /etc/runlevels/{sysinit,boot,default,shutdown}
  touch /etc/insserv.conf
  make -s install DESTDIR= OPENRCDIR=/etc/init.d
  # What wants to be started after the headers are there.
  cat >/etc/init.d/docker <<'DOCKER'
#!/sbin/openrc-run
start() { cp /lib/modules/$(uname -r)/build/include/linux/kconfig.h /run/docker-saw; }
DOCKER
  chmod 755 /etc/init.d/docker
  ln -s /etc/init.d/kheadersfs /etc/init.d/docker /etc/runlevels/default
  # Without the variable it looks for SELinux, and mounts another sysfs over the one with the archive.
  exec env -i SELINUX_INIT=no PATH=/usr/sbin:/usr/bin:/sbin:/bin openrc-init
}

enter_busybox() {
  local root=$temporary/root name
  mount -t tmpfs -o mode=755 tmpfs "$root"
  mkdir -p "$root/usr/bin" "$root/usr/lib" "$root/usr/local/bin" "$root/etc"
  ln -s usr/bin usr/lib "$root"
  ln -s bin "$root/usr/sbin"
  ln -s usr/sbin "$root/sbin"
  cp /bin/busybox "$root/bin"
  for name in init sh halt mount umount rmdir uname sleep; do ln -s busybox "$root/bin/$name"; done
  cp out/kheadersfs "$root$program"
  cp "$temporary/inittab" "$root/etc"
  enter_root "$root"
  busybox mv $kernel $kernel.later
  exec busybox env -i /sbin/init
}

enter_autofs() {
  enter_copy "$temporary/layer" "$temporary/root"
  add_packages
  make -s install DESTDIR=
  echo /usr/lib/*/autofs >/etc/ld.so.conf.d/autofs.conf
  ldconfig
  # It names the compressed archive inside by the magic bytes of an .xz, for this file has no symbols.
  mkdir -p "/lib/modules/$other_kernel/kernel/kernel"
  cat /bin/true "$archive" >"/lib/modules/$other_kernel/kernel/kernel/kheaders.ko"
  cp "$temporary/auto.master" "$temporary/auto.kheaders" "$temporary/inittab" /etc
  exec env -i /bin/busybox init
}

add_packages() { tar -C "out/inits/$kind" -c . | tar -x --keep-directory-symlink --no-overwrite-dir -C /; }

expect() { [ "$2" = "$3" ] || fail "$kind: $1: should be '$2', is '$3': $(what_was_said)"; }
what_was_said() { cat "$temporary/errors" "$temporary/said" 2>/dev/null || true; tail -n 20 "$temporary/console"; }
# From outside: the root of the busybox has nothing to look with.
seen() { echo "/proc/$first/root$1"; }
mounts() { grep -c ' - fuse\.kheadersfs ' "/proc/$first/mountinfo" || true; }
device() { sed -n 's/^[0-9]* [0-9]* \([0-9:]*\) .* - fuse\.kheadersfs .*/\1/p' "/proc/$first/mountinfo"; }
# servers: their numbers as seen from here, without their keepers
servers() {
  local process file
  file=$(seen $program)
  for process in /proc/[0-9]*; do
    [ ! "$process/exe" -ef "$file" ] || [ "$(cat "$process/comm")" = kheadersfs-keep ] || echo "${process#/proc/}"
  done
}
# Of a dead mount the kernel remembers files, but has no answer to stat -f.
answers() { { within 2 stat -f "$(seen "$1")" && within 2 cmp "$temporary/header" "$(seen "$1/$header")"; } >"$temporary/said" 2>&1; }
is_served() { [ "$(mounts)" -eq 1 ] && [ "$(servers | wc -l)" -eq 1 ] && answers "$build"; }
is_served_anew() { [ "$(servers)" != "$1" ] && is_served; }
is_gone() { [ "$(mounts)" -eq 0 ] && [ -z "$(servers)" ] && [ ! -e "$temporary/modules/$(uname -r)/build" ]; }
has_ended() { [ ! -e "/proc/$first" ]; }
# has_said TEXT: how many lines of the console have it
has_said() { grep -cF -- "$1" "$temporary/console" || true; }

# shut_down COMMAND...: process 1 ends, and the mount before it, with the directory that was made for it
shut_down() {
  inside "$@" || true # process 1 ends all others: that command too, if it has not ended yet
  until_true "the end of process 1" has_ended
  first= # nobody's number any more
  [ ! -e "$temporary/modules/$(uname -r)/build" ] || fail "$kind: shut down, the mount's directory is left: $(what_was_said)"
}

kill_server() {
  local server
  server=$(servers)
  kill -KILL "$server"
  until_true "another server" is_served_anew "$server"
}

# shellcheck disable=SC2016 # the shell inside has them
service() { inside sh -c 'exec rc-service --nocolor kheadersfs "$@" 2>&1' - "$@" >"$temporary/said"; }
service_status() { service status || true; sed -n 's/.*status: //p' "$temporary/said"; }
supervisors() { inside pgrep -c -f '^supervise-daemon kheadersfs ' || true; }
docker_has_started() { [ -e "$(seen /run/docker-saw)" ]; }
# has_taken_over TIMES: since the boot
has_taken_over() { [ "$(grep -c 'took over kheaders' "$(seen /var/log/kheadersfs.log)")" -eq "$1" ]; }
run_install_script() { inside "$temporary/tarball/install.sh" "$1" >"$temporary/said" || fail "openrc: install.sh $1: $(what_was_said)"; }
files_inside() { inside find "$@" -xdev -name '*kheadersfs*' | sort; }
files() { find "$@" -xdev -name '*kheadersfs*' 2>/dev/null | sort; }

check_openrc() {
  local number killed before opened
  unpack_package openrc
  OUTPUT=$temporary scripts/packages/tarball.sh >"$temporary/said"
  mkdir "$temporary/tarball"
  tar -xzf "$temporary"/kheadersfs-*.tar.gz -C "$temporary/tarball" --strip-components 1
  before=$(files /etc /usr)
  start_first
  until_true "what comes after the service" docker_has_started
  is_served || fail "openrc: not mounted by the boot: $(what_was_said)"
  expect "status" started "$(service_status)"
  inside setpriv --reuid 65534 --clear-groups cat "$build/$header" >/dev/null || fail "openrc: others cannot read"

  kill_server
  number=$(device)
  service reload || fail "openrc: cannot reload: $(what_was_said)"
  until_true "taking over" has_taken_over 1
  expect "mount after a reload" "$number" "$(device)"
  is_served || fail "openrc: reloaded, it does not answer: $(what_was_said)"
  number=$(servers)
  inside umount "$build"
  until_true "mounting again" is_served_anew "$number"
  service restart || fail "openrc: cannot restart: $(what_was_said)"
  is_served || fail "openrc: restarted, it does not answer: $(what_was_said)"

  service stop || fail "openrc: cannot stop: $(what_was_said)"
  is_gone || fail "openrc: stopped, something is left: $(what_was_said)"
  expect "status after stop" stopped "$(service_status)"
  expect "supervisors after stop" 0 "$(supervisors)"

  # Killed together with who would replace it, or nobody but that one, and then stopped, while somebody has a file open.
  for killed in supervisor both; do
    service start || fail "openrc: cannot start again: $(what_was_said)"
    exec {opened}<"$(seen "$build/$header")"
    inside pkill -KILL -f '^supervise-daemon kheadersfs '
    [ $killed = supervisor ] || kill -KILL "$(servers)"
    service stop || true
    expect "mounts after killing ($killed) and stopping" 0 "$(mounts)"
    exec {opened}<&-
    until_true "unmounting what killed processes have left ($killed)" is_gone
  done

  inside sh -c 'echo kheadersfs_options=mkdir,wrong >/etc/conf.d/kheadersfs'
  ! service start || fail "openrc: started with a wrong option"
  expect "lines about a wrong option" 1 "$(grep -c 'kheadersfs: .*wrong' "$temporary/said")"
  is_gone || fail "openrc: not started, something is left: $(what_was_said)"
  expect "supervisors after that" 0 "$(supervisors)"
  inside rm /etc/conf.d/kheadersfs

  inside mkdir "$build"
  inside touch "$build/Makefile"
  service start || fail "openrc: headers of a package are no failure: $(what_was_said)"
  expect "beside packaged headers" "0 0" "$(mounts) $(supervisors)"
  service stop || fail "openrc: cannot stop beside them: $(what_was_said)"
  inside rm "$build/Makefile"
  inside rmdir "$build"

  inside mv $kernel $kernel.later
  service start || fail "openrc: no archive is no failure: $(what_was_said)"
  is_gone || fail "openrc: without an archive something is left: $(what_was_said)"
  expect "supervisors without an archive" 0 "$(supervisors)"
  service stop || fail "openrc: cannot stop without an archive: $(what_was_said)"
  inside mv $kernel.later $kernel

  # What is installed over it takes over; what is removed unmounts.
  service start || fail "openrc: cannot start once more: $(what_was_said)"
  number=$(device)
  run_install_script install
  until_true "taking over" has_taken_over 2
  expect "mount after an upgrade" "$number" "$(device)"
  run_install_script purge
  is_gone || fail "openrc: removed, something is left: $(what_was_said)"
  expect "files that are left" "$before" "$(files_inside /etc /usr /var /run)"
  run_install_script install

  service start || fail "openrc: cannot start before a shutdown: $(what_was_said)"
  is_served || fail "openrc: started again, it does not answer: $(what_was_said)"
  shut_down openrc-shutdown --poweroff now
}

check_busybox() {
  local line
  line=$(documented '^::respawn:')
  printf '%s\n' '::sysinit:/bin/mount -t proc proc /proc' "$line" >"$temporary/inittab"
  start_first
  # Tried once: a line, and no mount. Longer than the second after which init starts again what has ended.
  until_true "a line about the archive" has_said_once 'CONFIG_IKHEADERS'
  sleep 2
  expect "lines about the archive" 1 "$(has_said 'CONFIG_IKHEADERS')"
  is_gone || fail "busybox: without an archive something is left: $(what_was_said)"

  mv "$(seen $kernel.later)" "$(seen $kernel)"
  until_true "a pause" inside busybox killall sleep
  until_true "mounting" is_served
  kill_server

  kill -TERM "$(servers)"
  until_true "unmounting" is_gone
  until_true "a pause" inside busybox killall sleep
  until_true "mounting again" is_served
  shut_down busybox halt
}
has_said_once() { [ "$(has_said "$1")" -gt 0 ]; }

# look RELEASE: its header is right; opened is a descriptor of it, for what is open is in use however long the checks take. Only a look
# from inside mounts (fs/autofs/waitq.c: autofs_wait).
look() { inside cmp "$temporary/header" "/headers/$1/$header" && exec {opened}<"$(seen "/headers/$1/$header")"; }

is_armed() { grep -q ' /headers .* - autofs ' "/proc/$first/mountinfo"; }
is_unused() { [ "$(mounts)" -eq 0 ] && [ -z "$(servers)" ]; }
has_one_mount() { [ "$(mounts) $(servers | wc -l)" = "1 1" ]; }
is_disarmed() { is_unused && ! is_armed && [ ! -e "$(seen /headers)" ]; }

check_autofs() {
  local master map held opened
  [ -c /dev/autofs ] || skip "no /dev/autofs: this kernel cannot automount"
  master=$(documented '^/headers ')
  map=$(documented '^\* -fstype=')
  unpack_package autofs
  echo "${master/--timeout=*/--timeout=1}" >"$temporary/auto.master"
  echo "$map" >"$temporary/auto.kheaders"
  echo '::once:/usr/sbin/automount --foreground --verbose' >"$temporary/inittab"
  start_first
  until_true "an automount" is_armed
  is_unused || fail "autofs: mounted before anybody has looked"

  until_true "the first look" look "$(uname -r)"
  held=$opened
  until_true "the other kernel's headers" look $other_kernel
  expect "mounts after two looks" "2 2" "$(mounts) $(servers | wc -l)"
  ! inside test -e /headers/5.4.0-absent || fail "autofs: a kernel that is not there has headers"
  expect "mounts after a look for what is not there" "2 2" "$(mounts) $(servers | wc -l)"
  exec {opened}<&-
  until_true "unmounting without use" has_one_mount
  kill -KILL "$(servers)"
  exec {held}<&-
  until_true "unmounting what is dead" is_unused
  until_true "another mount" look "$(uname -r)"
  exec {opened}<&-

  inside pkill -TERM -x automount
  until_true "unmounting all and removing what automount has made" is_disarmed
}

if [ "$1" = process-1 ]; then
  process_1
fi
tar -xJOf "$archive" "./$header" >"$temporary/header"
"check_$kind"
echo "check-inits: $kind: mounted, killed, replaced, stopped"
