#!/usr/bin/env bash
# Long runs that count what goes wrong: mounts that are killed at every moment of their lives, or one that many use at once.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/limits.sh
source scripts/limits.sh

usage() {
  cat <<'EOF'
usage: scripts/soak.sh [-h] kills | use [SECONDS]
Needs out/kheadersfs and out/archives/kheaders.tar.xz: make soak sees to them.
  kills          kills mounts at every moment of their lives and counts what they leave: what make test does 40 times, more often;
                 then aborts the connections of a tenth as many; then ends mounts 30 times in a row that make test ends 5 times
  use [SECONDS]  has many read, list and compile from one mount while caches are dropped and others are mounted, unmounted and killed;
                 compares all that is read with what tar unpacks; default: 60. Needs root
  KILLS=...    how many; default: 600, some 5 minutes
  READERS=...  how many read at once; default: 64
EOF
}

program=$PWD/out/kheadersfs
archive=$PWD/out/archives/kheaders.tar.xz

kills() {
  local project=KHeadersFs.Mount.Tests
  dotnet build "tests/$project" -c Release --nologo -v quiet
  export KHEADERSFS_PROGRAM=$program KHEADERSFS_ARCHIVES=$PWD/out/archives KHEADERSFS_KILLS=${KILLS:-600}
  timeout -k 10 "$(limit "$KHEADERSFS_KILLS")" "tests/$project/bin/Release/net10.0/$project" -noColor -noLogo -showLiveOutput -class "$project.KillTests" \
    -class "$project.AbortedConnectionTests"
  KHEADERSFS_ROUNDS=30 timeout -k 10 600 "tests/$project/bin/Release/net10.0/$project" -noColor -noLogo -class "$project.EndTests" -class "$project.PrimeEndTests"
}

# In namespaces of their own: all ends with this script, and no mount reaches the machine.
use() {
  if [ "$(id -u)" -ne 0 ] || ! (exec 3<>/dev/fuse) 2>/dev/null; then
    echo "soak: needs root and /dev/fuse"
    exit 77
  fi
  exec timeout -k 10 "$(limit $(($1 + 20)))" unshare --mount --propagation private --pid --fork --kill-child --mount-proc "scripts/soak.sh" inside "$1"
}

work=
mnt=
failures=
end=0

more() { [ "$(date +%s)" -lt "$end" ]; }

fail() { echo "$*" >>"$failures"; }

# count NAME NUMBER: adds to what the last line tells; one file for each process.
count() { echo "$2" >>"$work/counts/$1.$BASHPID"; }

total() { cat "$work/counts/$1".* 2>/dev/null | awk '{ n += $1 } END { print n + 0 }'; }

# here COMMAND...: one that runs into its limit hangs; a compiler waits long for its turn among 64 readers
here() {
  local status=0
  within 18 "$@" || status=$?
  [ "$status" -ne 124 ] || fail "hangs: $*"
  return "$status"
}

listing() { find "$1" -type d -printf '%P/ %T@\n' -o -printf '%P %y %s %T@ %l\n' | LC_ALL=C sort; }

read_files() {
  local part=$work/part.$BASHPID wrong=$work/wrong.$BASHPID
  cd "$mnt"
  while more; do
    shuf -n 200 "$work/sums" >"$part"
    here sha256sum --check --quiet "$part" >"$wrong" 2>&1 || fail "wrong bytes: $(head -n 3 "$wrong")"
    count files 200
  done
}

list_all() {
  while more; do
    listing "$mnt" | cmp -s - "$work/listing" || fail "another listing"
    count listings 1
  done
}

compile() {
  local flags clang
  flags=$("$program" cflags "$mnt")
  clang=$(scripts/find-clang.sh)
  while more; do
    # shellcheck disable=SC2086 # many words
    here "$clang" -S -emit-llvm $flags scripts/demo.bpf.c -o "$work/demo.ll" 2>"$work/clang" || fail "compile: $(head -n 3 "$work/clang")"
    count compiles 1
  done
}

drop_caches() {
  while more; do
    sleep 10
    echo 3 >/proc/sys/vm/drop_caches
    count drops 1
  done
}

# ends SERVER: a mount has gone, so its server has to
ends() {
  for _ in $(seq 100); do
    grep -qs kheadersfs "/proc/$1/cmdline" || return 0
    sleep 0.1
  done
  fail "a server is left 10 seconds after its mount"
}

# Mounts the archive elsewhere, and ends the mount by umount(8) or by the end of its server.
mount_others() {
  local other=$work/other server kill=0
  mkdir "$other"
  while more; do
    here "$program" -o release=ignore,pidfile="$work/other.pid" "$archive" "$other" || fail "mount"
    here cmp "$other/$first" "$work/tree/$first" >/dev/null || fail "wrong bytes in another mount"
    server=$(cat "$work/other.pid")
    if [ "$kill" = 1 ]; then
      kill -KILL "$server"
      here "$program" -u "$other" || fail "cannot take away a mount whose server was killed"
      count kills 1
    else
      here umount "$other" || fail "umount"
    fi
    ends "$server"
    ! grep -qF " $other " /proc/self/mounts || fail "a mount is left"
    rm -f "$work/other.pid"
    count mounts 1
    kill=$((1 - kill))
  done
}

# A line a second: KiB that belong to the server alone, its threads, its descriptors.
sample() {
  local server=$1
  while more; do
    if ! awk '/^RssAnon:/ { memory = $2 } /^Threads:/ { threads = $2 } END { printf "%d %d ", memory, threads }' "/proc/$server/status" ||
      ! find "/proc/$server/fd" -type l | wc -l; then
      fail "the server has ended"
    fi >>"$work/samples"
    sleep 1
  done
}

# What the server has at most in the second and in the last quarter of the samples: after the start nothing may grow.
judge() {
  awk -v lines="$(wc -l <"$work/samples")" '
    NR > lines / 4 && NR <= lines / 2 { for (i = 1; i <= 3; i++) if ($i > early[i]) early[i] = $i }
    NR > lines * 3 / 4 { for (i = 1; i <= 3; i++) if ($i > late[i]) late[i] = $i }
    END {
      printf "server at most %d KiB, %d threads, %d descriptors in the second quarter, %d, %d, %d in the last\n", early[1], early[2], early[3], late[1], late[2], late[3]
      exit !(late[1] > 0 && early[1] > 0 && late[1] <= early[1] + 1024 && late[2] <= early[2] && late[3] <= early[3])
    }' "$work/samples"
}

inside() {
  local seconds=$1 server flat first worker
  local -a workers=()
  mkdir -p /run/kheadersfs
  mount -t tmpfs -o mode=700 soak /run/kheadersfs
  work=$(mktemp -d)
  trap 'umount -l "$mnt" 2>/dev/null || true; rm -rf "$work"' EXIT
  mnt=$work/mnt failures=$work/failures
  mkdir "$mnt" "$work/tree" "$work/counts"
  : >"$failures"
  tar -xJf "$archive" -C "$work/tree"
  (cd "$work/tree" && find . -type f -exec sha256sum {} +) >"$work/sums"
  listing "$work/tree" >"$work/listing"
  first=$(head -n 1 "$work/sums" | cut -c 67-)
  "$program" -o release=ignore,pidfile="$work/pid" "$archive" "$mnt"
  server=$(cat "$work/pid")

  end=$(($(date +%s) + seconds))
  for _ in $(seq "${READERS:-64}"); do
    read_files &
    workers+=($!)
  done
  for worker in list_all compile drop_caches mount_others "sample $server"; do
    $worker &
    workers+=($!)
  done
  for worker in "${workers[@]}"; do
    wait "$worker" || fail "one of those at work has ended before its time"
  done

  flat=$(judge) || fail "it grows"
  umount "$mnt" || fail "cannot unmount: something is still open"
  ends "$server"
  sort "$failures" | uniq -c >&2
  echo "soak: $seconds s, ${READERS:-64} readers: $(total files) files compared, $(total listings) listings, $(total compiles) compiles," \
    "$(total drops) times no cache, $(total mounts) other mounts of which $(total kills) were killed; $flat; $(wc -l <"$failures") failures"
  [ ! -s "$failures" ] && [ "$(total files)" -gt 0 ] && [ "$(total mounts)" -gt 0 ] && [ "$(total compiles)" -gt 0 ]
}

case ${1-} in
  kills) kills ;;
  use) use "${2:-60}" ;;
  inside) inside "$2" ;;
  -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
