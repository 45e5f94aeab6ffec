# shellcheck shell=bash disable=SC2034,SC2154 # variables of those who source it
# A systemd, or another init, as process 1 of its own namespaces, for the checks that source this. They define fail and skip, set
# temporary to a directory of their own, run in a mount namespace of their own, and become it when they are called as: $0 process-1 DIR

# shellcheck source=scripts/limits.sh
source scripts/limits.sh

build=/lib/modules/$(uname -r)/build

# What is mounted before it starts. A kernel that carries an archive is a file in its place.
prepare_process_1() {
  local device
  # Kernel settings are the machine's, not a namespace's.
  mount -t proc proc /proc
  mount --bind -o ro /proc/sys /proc/sys
  umount -R /sys/fs/cgroup 2>/dev/null || true
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mount -t tmpfs tmpfs /sys/kernel
  install -m 444 out/archives/kheaders.tar.xz /sys/kernel/kheaders.tar.xz
  mount -t tmpfs -o mode=755 tmpfs /lib/modules
  mkdir "${build%/build}"

  mkdir "$temporary/dev"
  mount -t tmpfs -o mode=755 tmpfs "$temporary/dev"
  for device in null zero full random urandom fuse autofs; do
    [ -c "/dev/$device" ] || continue
    touch "$temporary/dev/$device"
    mount --bind "/dev/$device" "$temporary/dev/$device"
  done
  touch "$temporary/dev/console"
  mount --bind "$(tty)" "$temporary/dev/console"
  mount --move "$temporary/dev" /dev
  mount -t tmpfs -o mode=755 tmpfs /run
}

# enter_root ROOT DIR...: makes ROOT the root, with what prepare_process_1 has mounted, and with each DIR
enter_root() {
  local root=$1 directory
  shift
  for directory in /proc /sys /dev /run "$(readlink -f /lib/modules)" "$@"; do
    mkdir -p "$root$directory"
    mount --rbind "$directory" "$root$directory"
  done
  mkdir "$root/run/old"
  cd "$root" || exit
  # That of util-linux is not in all systems that have the rest of it.
  busybox pivot_root . run/old
  hash -r # of the other root
  umount -l /run/old
  rmdir /run/old
}

# enter_copy LAYER ROOT: makes a copy of this system the root, mounted on ROOT: what is written goes to a tmpfs on LAYER
enter_copy() {
  local here=$PWD
  mount -t tmpfs -o mode=755 tmpfs "$1"
  mkdir "$1/upper" "$1/work"
  mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$2"
  enter_root "$2" "$here" "$temporary" "$1"
  cd "$here" || exit
}

# make_module ARCHIVE FILE: as kernel/kheaders.c puts an archive into a module
make_module() {
  printf '.section .rodata\n.global kernel_headers_data, kernel_headers_data_end\nkernel_headers_data: .incbin "%s"\nkernel_headers_data_end:\n' \
    "$1" | as -o "$2"
}

# write_targets DIR: those that other units refer to, with nothing behind them. They ask for each other as systemd's own do: a start of
# any service asks for sysinit.target, and that for local-fs.target.
write_targets() {
  local target
  for target in sysinit basic local-fs shutdown umount multi-user; do
    printf '[Unit]\nDefaultDependencies=no\n' >"$1/$target.target"
  done
  printf 'Wants=local-fs.target\nAfter=local-fs.target\n' >>"$1/sysinit.target"
  printf 'Requires=sysinit.target\nAfter=sysinit.target\n' >>"$1/basic.target"
  printf 'Requires=basic.target\nAfter=basic.target\n' >>"$1/multi-user.target"
}

# become_systemd PATH [GENERATORS]: with the units of these directories and no others, and those of the generators of a directory
become_systemd() {
  exec env -i container=check PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_UNIT_PATH="$1" ${2:+SYSTEMD_GENERATOR_PATH="$2"} \
    /lib/systemd/systemd --system --unit=multi-user.target --log-target=console --log-level="${LOG_LEVEL:-info}" --show-status=no
}

start_process_1() {
  start_first
  (until_true "systemd" inside systemctl -q is-active multi-user.target) || skip "systemd does not come up as process 1"
}

# start_first: any process 1; first is its number as seen from here
start_first() {
  local group=$temporary/cgroup/check-$$
  mkdir "$temporary/cgroup"
  if ! mount -t cgroup2 cgroup2 "$temporary/cgroup" || ! mkdir "$group"; then
    skip "no cgroups of version 2 here"
  fi
  (
    echo "$BASHPID" >"$group/cgroup.procs"
    # systemd writes its messages to nothing but a terminal.
    exec script -qefc "exec unshare --pid --fork --kill-child --cgroup --ipc --uts --net --mount $0 process-1 $temporary" \
      "$temporary/console" >/dev/null </dev/null
  ) &
  manager=$!
  trap 'stop_process_1' EXIT
  # Up to here nothing is ours: a container may forbid any of it.
  (until_true "another process 1" find_first) || skip "no process 1 in namespaces of its own"
  find_first
}

# The child of unshare, which is the child of script.
find_first() {
  first=$(child_of "$(child_of "$manager")")
  [ -n "$first" ]
}
child_of() { tr -d ' ' 2>/dev/null <"/proc/${1:-none}/task/${1:-none}/children" || true; }

# shellcheck disable=SC2317 # a trap calls it
stop_process_1() {
  # All of its processes end with it.
  kill -KILL "${first:-$manager}" 2>/dev/null || true
  wait "$manager" 2>/dev/null || true
  # The kernel removes a cgroup's last process a moment after its death.
  until find "$temporary/cgroup/check-$$" -depth -type d -exec rmdir {} + 2>/dev/null; do sleep 0.05; done
  umount "$temporary/cgroup"
  rm -rf --one-file-system "$temporary"
}

# With its root: a namespace may have another one than the process. systemctl of 257 and later takes this for a chroot, and does nothing in one.
inside() { SYSTEMD_IGNORE_CHROOT=1 within 2 nsenter --target "$first" --mount --pid --cgroup --root --wd "$@" 2>>"$temporary/errors"; }

# abort_connection MAJ:MIN: of a FUSE mount; the number is the machine's, and this namespace may have the switch where the other has not
abort_connection() {
  local number=${1##*:} control=/sys/fs/fuse/connections
  mountpoint -q $control || mount -t fusectl fusectl $control
  echo 1 >"$control/${number%% *}/abort"
}

# until_true WHAT COMMAND...
until_true() {
  local what=$1 end=$((SECONDS + $(limit 2)))
  shift
  until "$@"; do
    if [ "$SECONDS" -ge "$end" ] || ! kill -0 "$manager" 2>/dev/null; then
      fail "waited in vain for $what: $(tail -n 20 "$temporary/console" 2>/dev/null)"
    fi
    sleep 0.05
  done
}

# Reads all headers of a folder again and again, past the page cache, one of them through a descriptor that stays open;
# says how many reads came out right, or the first that did not.
# shellcheck disable=SC2016 # perl's own variables
reader='use strict; use Digest::MD5; use Fcntl qw(O_RDONLY O_DIRECT);
  my ($folder, $end) = @ARGV;
  sub content { my ($file, $what) = @_; my $all = ""; my $got; sysseek($file, 0, 0);
    while ($got = sysread($file, my $part, 131072)) { $all .= $part } defined $got or die "$what: $!\n"; Digest::MD5::md5($all) }
  sub at { my ($path, $flags) = @_; sysopen(my $file, $path, $flags) or die "$path: $!\n"; $file }
  my @names = glob "$folder/*.h"; my %right = map { $_ => content(at($_, O_RDONLY), $_) } @names;
  my $held = at($names[0], O_RDONLY | O_DIRECT); my $reads = 0; $| = 1; print "ready\n";
  do { for (@names) {
    content(at($_, O_RDONLY | O_DIRECT), $_) eq $right{$_} or die "$_: wrong bytes\n";
    content($held, $names[0]) eq $right{$names[0]} or die "$names[0], held open: wrong bytes\n"; $reads += 2 } } until -e $end;
  print "right: $reads\n"'

start_reader() {
  nsenter --target "$first" --mount --pid --cgroup perl -e "$reader" "$build/include/linux" "$temporary/enough" >"$temporary/reader" 2>&1 &
  reader_process=$!
  until_true "a reader" grep -s -q ready "$temporary/reader"
}
end_reader() {
  touch "$temporary/enough"
  wait "$reader_process" || fail "a reader: $(cat "$temporary/reader")"
  rm "$temporary/enough"
  reads=$(sed -n 's/^right: //p' "$temporary/reader")
}
