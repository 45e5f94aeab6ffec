# shellcheck shell=bash disable=SC2154
# How scripts/bench.sh mounts, measures and records. Sourced in bench.sh's scratch folder; lines.jsonl there takes the results.

# Servers have the mount point among their arguments.
servers() { pgrep -f -- "$mnt" || true; }
# Asked of the table: a stat(2) of the mount point waits for a server that is busy.
is_mounted() { grep -qF " $mnt " /proc/self/mounts; }
unmount_it() {
  local tries
  for ((tries = 0; tries < 50; tries++)); do
    is_mounted || break
    # A command that was killed at its limit may need a moment to let go.
    umount "$mnt" 2>/dev/null || sleep 0.1
  done
  ! is_mounted || umount -l "$mnt"
  # Some servers outlive their mount; what is left of them must not cost the next one time.
  for ((tries = 0; tries < 20; tries++)); do
    [ -n "$(servers)" ] || return 0
    sleep 0.05
  done
  servers | xargs -r kill -KILL 2>/dev/null || true
}

# record SYSTEM COLUMN JSON: a line of results; the JSON holds value, gave_up or failed, and what hyperfine says besides.
record() {
  jq -cn --arg name "$1" --arg column "$2" --argjson round "$round" '{$name, $column, $round} + $ARGS.positional[0]' \
    --jsonargs "$3" >>lines.jsonl
}
value() { record "$1" "$2" "{\"value\": $3}"; }

# What was given up at the limit, or has failed, is not tried again.
declare -A hopeless=()
is_hopeless() { [ -n "${hopeless[$1,$2]-}" ]; }
# give_up SYSTEM COLUMN STATUS [LOG]: the status of timeout(1), 124 when it has ended the command
give_up() {
  hopeless[$1,$2]=1
  case $3 in
    124 | 137) record "$1" "$2" "{\"gave_up\": $limit}" ;;
    *)
      echo "bench: $1, $2: failed: $(tail -n 1 "$4")" >&2
      record "$1" "$2" '{"failed": true}'
      ;;
  esac
}

# measure SYSTEM COLUMN COMMAND: one run by hyperfine, over whatever is mounted.
measure() {
  local status=0
  ! is_hopeless "$1" "$2" || return 1
  timeout -k 5 "$limit" hyperfine -N --runs 1 --style none --export-json run.json "sh -c '$3'" >run.log 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    give_up "$1" "$2" "$status" run.log
    return 1
  fi
  record "$1" "$2" "$(jq -c --arg scratch "$scratch/" --arg command "$3" \
    '.results[0] | {value: .times[0], user, system, command: ($command | gsub($scratch; ""))}' run.json)"
}

# fresh SYSTEM: the state from which every column starts.
fresh() {
  unmount_it
  sync
  echo 3 >/proc/sys/vm/drop_caches
  warm
  [ "$1" != tmpfs ] || mount -t tmpfs tmpfs "$mnt"
}
# A mount is ready when something below it can be asked for.
mounting() { echo "${mount_command[$1]} && test -d $mnt/include"; }
# mounted SYSTEM: a fresh mount, for a column that does not count the mounting.
mounted() {
  fresh "$1"
  timeout -k 5 "$limit" sh -c "$(mounting "$1")" >mount.log 2>&1 || {
    echo "bench: $1: cannot mount: $(tail -n 1 mount.log)" >&2
    return 1
  }
}
# cold SYSTEM COLUMN COMMAND: a column over a fresh mount. Whatever the command writes into count must be what tmpfs, the first system,
# has made of it: nobody is quick by reading less.
declare -A expected=()
cold() {
  local count
  rm -f count
  ! is_hopeless "$1" "$2" && mounted "$1" && measure "$1" "$2" "$3" || return 1
  [ -e count ] || return 0
  count=$(<count)
  : "${expected[$2]:=$count}"
  [ "$count" = "${expected[$2]}" ] || {
    echo "has read $count, and tmpfs ${expected[$2]}" >run.log
    give_up "$1" "$2" 1 run.log
    return 1
  }
}

# memory SYSTEM SUFFIX: KiB of the servers' resident pages, of tmpfs and memory files, of disk (inputs, files deleted while open).
memory() {
  local id own resident=0 anonymous=0 other=0 disk=0 file blocks inode seen=' '
  for id in $(servers); do
    # It may have been on its way out.
    own=$(awk '$1 == "VmRSS:" { rss = $2 } $1 == "RssAnon:" { anonymous = $2 } END { print rss + 0, anonymous + 0 }' \
      "/proc/$id/status" 2>/dev/null) || continue
    resident=$((resident + ${own% *}))
    anonymous=$((anonymous + ${own#* }))
    for file in "/proc/$id/fd"/*; do
      [[ $(readlink "$file") = *' (deleted)' ]] || continue
      read -r inode blocks < <(stat -L -c '%d:%i %b' "$file") || continue
      [[ $seen != *" $inode "* ]] || continue
      seen+="$inode "
      if [ "$(stat -L -f -c %T "$file")" = tmpfs ]; then
        other=$((other + blocks / 2))
      else
        disk=$((disk + blocks / 2))
      fi
    done
  done
  [ "$1" != tmpfs ] || other=$(df --output=used -k "$mnt" | tail -n 1)
  [ -z "${input[$1]-}" ] || disk=$((disk + $(du -sk "${input[$1]}" | cut -f 1)))
  value "$1" "resident$2" "$resident"
  value "$1" "anonymous$2" "$anonymous"
  value "$1" "other$2" "$other"
  value "$1" "disk$2" "$disk"
}

# 20 programs get three times the time of one.
cold_20() {
  local limit=$((3 * limit))
  cold "$1" compiles "$compile_20"
}

# headers SYSTEM: 1,000 random files of a fresh mount, each read once.
headers() {
  local status=0 p50 p99
  ! is_hopeless "$1" p50 && mounted "$1" || return 0
  timeout -k 5 "$limit" ./read-files "$mnt" 1000 <files >latency 2>run.log || status=$?
  if [ "$status" -eq 0 ]; then
    read -r p50 p99 <latency
    value "$1" p50 "$p50"
    value "$1" p99 "$p99"
  else
    give_up "$1" p50 "$status" run.log
    give_up "$1" p99 "$status" run.log
  fi
}

# A round of one system: all of its columns.
measure_system() {
  fresh "$1"
  measure "$1" ready "$(mounting "$1")" || return 0
  # At once: some read ahead by themselves.
  if measure "$1" first "$compile"; then
    measure "$1" second "$compile" || true
  fi
  if [ "$1" = ours-prime ] && mounted "$1"; then
    sleep 1
    measure "$1" first-1s "$compile" || true
  fi
  if is_hopeless "$1" first; then
    # The first compile is a part of it.
    is_hopeless "$1" nothing || give_up "$1" nothing 124
  else
    fresh "$1"
    measure "$1" nothing "$(mounting "$1") && $compile" || true
  fi
  cold_20 "$1" || true
  if cold "$1" tree "$read_tree"; then
    memory "$1" -after
  fi
  cold "$1" find "$find_all" || true
  cold "$1" grep "$grep_all" || true
  headers "$1"
  if [ "$round" -eq 1 ] && mounted "$1"; then
    # Until what a server does by itself after mounting is done.
    sleep 1
    memory "$1" ""
  fi
  unmount_it
}

# What is compared with xz -dc of the same archive in the same round, and how long the program takes to start.
measure_xz() {
  fresh xz
  measure xz decode "xz -dc kheaders.tar.xz" || true
  measure ours version "./kheadersfs -V" || true
  [ -e blocks.tar.xz ] || return 0
  measure xz-blocks decode "xz -dc blocks.tar.xz" || true
  if measure ours-blocks ready "./kheadersfs -o release=ignore blocks.tar.xz $mnt && test -d $mnt/include"; then
    memory ours-blocks ""
  fi
  unmount_it
}

# make_inputs: images and the kept store, from the archive; what several systems use is made once.
make_inputs() {
  local name making limit=600
  local -A cost=()
  for name in "${systems[@]}"; do
    making=${make_command[$name]}
    [ -n "$making" ] || continue
    if [ -z "${cost[${input[$name]}]-}" ]; then
      rm -rf tree
      mkdir tree
      [[ $making != *tree* ]] || making="tar -xJf kheaders.tar.xz -C tree && $making"
      measure "$name" made "$making" || fail "cannot make ${input[$name]}: $(cat run.log)"
      cost[${input[$name]}]=$(tail -n 1 lines.jsonl | jq .value)
      unmount_it
    else
      value "$name" made "${cost[${input[$name]}]}"
    fi
  done
  rm -rf tree
}

# requests COMMAND: how many the mount has sent meanwhile.
requests() {
  echo >"$instance/trace"
  timeout -k 5 "$limit" sh -c "$1" >/dev/null 2>&1 || return 1
  awk '/^(entries|overrun):/ { sum += $2 } END { print sum }' "$instance"/per_cpu/cpu*/stats
}
# count_requests: of the first and second compile, by every FUSE system, as the kernel's tracing sees them (all but FORGET).
count_requests() {
  local name column count device event=events/fuse/fuse_request_send
  mount -t tracefs tracefs "$tracing" 2>/dev/null || true
  if [ ! -d "$tracing/$event" ]; then
    not_measured+=("FUSE requests (this kernel has no event fuse_request_send)")
    return 0
  fi
  mkdir "$instance"
  for name in "${systems[@]}"; do
    if is_hopeless "$name" ready || is_hopeless "$name" first || ! mounted "$name"; then
      continue
    fi
    [[ $(stat -f -c %T "$mnt") = fuse* ]] || continue
    # What it reads by itself after mounting is not the compile's.
    [ "$name" != ours-prime ] || sleep 1
    # Anonymous devices have major 0, and then the kernel's own dev_t is the minor.
    device=$(mountpoint -d "$mnt")
    echo "connection == ${device#*:}" >"$instance/$event/filter"
    echo 1 >"$instance/$event/enable"
    for column in requests-first requests-second; do
      count=$(requests "$compile") || break
      value "$name" "$column" "$count"
    done
    echo 0 >"$instance/$event/enable"
  done
  unmount_it
}
