#!/usr/bin/env bash
# Measures how the cost of a mount grows with the archive, and prints it as a section of Markdown.
set -euo pipefail
cd "$(dirname "$0")/../.."
export LC_ALL=C

usage() {
  cat <<'USAGE'
usage: scripts/bench/growth.sh [-h]
Mounts archives of 1, 4 and 16 times the headers of one kernel with out/kheadersfs. Needs root.
  ARCHIVE=...  the archive that is multiplied; default: out/archives/kheaders.tar.xz
  ROUNDS=...   rounds, of which the medians are printed; default: 3
The archives are kept in out/archives/growth; making them takes some minutes and 1 GB beside them for the moment.
USAGE
}
case ${1-} in
  -h | --help) usage; exit ;;
esac

archive=${ARCHIVE:-out/archives/kheaders.tar.xz}
rounds=${ROUNDS:-3}
program=out/kheadersfs
kept=out/archives/growth
sizes="1 4 16"
names=2000
fail() { echo "growth: $*" >&2; exit 1; }
say() { echo "growth: $*" >&2; }
[ -x "$program" ] || fail "no $program: run make"
[ -r "$archive" ] || fail "no $archive: run make demo, or set ARCHIVE"
perl -MTime::HiRes -e1 2>/dev/null || fail "no perl with Time::HiRes: install perl"

mkdir -p "$kept"
scratch=$(mktemp -d /dev/shm/kheadersfs-growth.XXXXXX)
mnt=$scratch/mnt
server=
# shellcheck disable=SC2317 # a trap calls it
clean_up() {
  timeout 10 umount -l "$mnt" 2>/dev/null || true
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$scratch" "$kept/making"
}
trap clean_up EXIT
mkdir "$mnt"

# Every copy has its letters in another rotation: as much to compress as the first, and nothing of it in another copy.
make_copy() {
  local number=$1 tree=$kept/making/tree
  mkdir -p "$tree/copy$number"
  tar -xJf "$archive" -C "$tree/copy$number"
  # shellcheck disable=SC2016 # perl's own variables
  [ "$number" -eq 0 ] || find "$tree/copy$number" -type f -print0 | rotation=$number xargs -0 perl -pi -e '
    BEGIN { @l = ("a".."z"); @u = ("A".."Z"); $r = $ENV{rotation};
      @map{@l, @u} = (@l[$r .. 25], @l[0 .. $r - 1], @u[$r .. 25], @u[0 .. $r - 1]); }
    s/([A-Za-z])/$map{$1}/g'
}

# As the kernel does it, one block and a dictionary of 8 MiB, but quicker and so a little larger.
pack() {
  tar --sort=name --owner=0 --group=0 --numeric-owner -cf - -C "$kept/making/tree" . | xz -T1 --lzma2=preset=1,dict=8MiB >"$1.part"
  mv "$1.part" "$1"
}

make_archives() {
  local size number=0 of
  of=$(sha256sum <"$archive")
  [ "$(cat "$kept/of" 2>/dev/null)" != "$of" ] || return 0
  rm -rf "${kept:?}"
  mkdir -p "$kept"
  for size in $sizes; do
    say "making $kept/$size.tar.xz"
    while [ "$number" -lt "$size" ]; do
      make_copy "$number"
      number=$((number + 1))
    done
    pack "$kept/$size.tar.xz"
    find "$kept/making/tree" -type f -printf '%P\n' >"$kept/$size.names"
    find "$kept/making/tree" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%d\n", sum }' >"$kept/$size.bytes"
  done
  rm -rf "$kept/making"
  echo "$of" >"$kept/of"
}

median() { sort -n "$scratch/$1" | sed -n "$(((rounds + 1) / 2))p"; }
# time_it NAME COMMAND...: appends the microseconds that it took
time_it() {
  local name=$1 start=$EPOCHREALTIME
  shift
  "$@" >/dev/null
  echo $((${EPOCHREALTIME/[.,]/} - ${start/[.,]/})) >>"$scratch/$name"
}
mount_it() { timeout 120 "$program" -o release=ignore "$1" "$mnt"; }
unmount() { timeout 20 umount "$mnt"; }

# peak ARCHIVE: mounts and prints two figures of the process that mounts: the most KiB that were resident, and the most that
# it held with the memory files, which no resident size counts.
peak() {
  perl -e '
    my $pid = fork // die; if (!$pid) { exec @ARGV; die }
    my ($high, $all) = (0, 0);
    while (waitpid($pid, 1) == 0) {
      my ($hwm, $rss, %files) = (0, 0);
      open my $status, "<", "/proc/$pid/status" or last;
      while (<$status>) { $hwm = $1 if /^VmHWM:\s+(\d+)/; $rss += $1 if /^Rss(?:Anon|File):\s+(\d+)/; }
      for (glob "/proc/$pid/fd/*") {
        next unless (readlink // "") =~ m{^/memfd:};
        my @stat = stat; $files{$stat[1]} = $stat[12] / 2 if @stat;
      }
      my $sum = $rss; $sum += $_ for values %files;
      $high = $hwm if $hwm > $high; $all = $sum if $sum > $all;
      select undef, undef, undef, 0.002;
    }
    printf "%d %d\n", $high, $all' "$program" -o release=ignore "$1" "$mnt"
}

# lookups NAMES: the time of each first stat of a name whose directory is known, in ns: median and mean
lookups() {
  perl -MTime::HiRes=clock_gettime,CLOCK_MONOTONIC -e '
    my ($root, $count) = (shift, shift); srand 1;
    chomp(my @names = <>); my @chosen = map { splice @names, int rand @names, 1 } 1 .. $count;
    for (@chosen) { my $path = $root; for my $part (split m{/}, s{/[^/]*$}{}r) { $path .= "/$part"; lstat $path or die $path } }
    my @times;
    for (@chosen) { my $start = clock_gettime(CLOCK_MONOTONIC); lstat "$root/$_" or die; push @times, 1e9 * (clock_gettime(CLOCK_MONOTONIC) - $start) }
    my $sum = 0; $sum += $_ for @times; @times = sort { $a <=> $b } @times;
    printf "%d %d\n", $times[@times / 2], $sum / @times' "$mnt" "$names" "$1"
}

# kib FIELD: of the server
kib() { awk -v field="$1:" '$1 == field { print $2 }' "/proc/$server/status"; }
until_true() {
  local tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 1000 ] || fail "waited in vain for: $*"
    sleep 0.02
  done
}
is_mounted() { timeout 10 mountpoint -q "$mnt"; }
has_report() { grep -q '"requests"' "$scratch/log"; }

# measure SIZE: one row
measure() {
  local size=$1 file=$kept/$1.tar.xz round resident anonymous store high all p50 mean asked compressed
  for ((round = 0; round < rounds; round++)); do
    say "$size x, round $((round + 1))"
    time_it "xz.$size" xz -dc "$file"
    time_it "ready.$size" mount_it "$file"
    unmount
  done
  read -r high all < <(peak "$file")
  unmount
  "$program" -f -o release=ignore "$file" "$mnt" 2>"$scratch/log" &
  server=$!
  until_true is_mounted
  resident=$(kib VmRSS)
  anonymous=$(kib RssAnon)
  store=$(($(find "/proc/$server/fd/" -lname '*kheadersfs-store*' -exec stat -L -c %b {} +) / 2))
  read -r p50 mean < <(lookups "$kept/$size.names")
  kill -USR1 "$server"
  until_true has_report
  asked=$(sed -n 's/.*"LOOKUP":\([0-9]*\).*/\1/p' "$scratch/log")
  unmount
  wait "$server" || true
  server=
  [ "$asked" -ge "$names" ] || fail "only $asked LOOKUPs: the names were known"
  compressed=$(stat -c %s "$file")
  awk -v size="$size" -v files="$(wc -l <"$kept/$size.names")" -v bytes="$(cat "$kept/$size.bytes")" -v compressed="$compressed" \
    -v xz="$(median "xz.$size")" -v ready="$(median "ready.$size")" -v resident="$resident" -v anonymous="$anonymous" \
    -v store="$store" -v high="$high" -v all="$all" -v p50="$p50" -v mean="$mean" 'BEGIN {
      printf "| %d x | %d | %.1f | %.2f | %.3f s | %.2f x | %.1f (%.1f) | %.1f | %.2f | %.1f / %.1f | %.2f | %.1f / %.1f |\n",
        size, files, bytes / 1e6, compressed / 1e6, ready / 1e6, ready / xz, resident / 1024, anonymous / 1024, store / 1024,
        (resident + store) * 1024 / compressed, high / 1024, all / 1024, all * 1024 / compressed, p50 / 1000, mean / 1000 }'
}

make_archives
cat <<EOT
## How the cost grows

Archives of 1, 4 and 16 times the headers of one kernel, each copy with other letters, one .xz block, dictionary 8 MiB;
\`scripts/bench/growth.sh\`, medians of $rounds rounds, $(nproc) processors, $(date +%F). Memory in MiB. "peak" is of the process that
mounts: its own, and with its memory files. The last column is the first lstat(2) of $names names.

| archive | files | unpacked MB | .xz MB | ready | ratio to xz -dc | server (of it anonymous) | store | server + store / .xz | peak | peak / .xz | LOOKUP us, median / mean |
|---|---|---|---|---|---|---|---|---|---|---|---|
EOT
for size in $sizes; do
  measure "$size"
done
