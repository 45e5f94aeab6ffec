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
# Added is what was run before it to compare it with, by SYSTEM,COLUMN,base and SYSTEM,COLUMN,xz.
declare -A reference=()
record() {
  jq -cn --arg name "$1" --arg column "$2" --argjson round "$round" \
    --argjson base "${reference[$1,$2,base]-null}" --argjson xz "${reference[$1,$2,xz]-null}" \
    '{$name, $column, $round} + $ARGS.positional[0] + ({$base, $xz} | with_entries(select(.value != null)))' \
    --jsonargs "$3" >>lines.jsonl
  unset "reference[$1,$2,base]" "reference[$1,$2,xz]"
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

# time_it COMMAND: one run by hyperfine, which leaves run.json
time_it() { timeout -k 5 "$limit" hyperfine -N --runs 1 --style none --export-json run.json "sh -c '$1'" >run.log 2>&1; }
# measure SYSTEM COLUMN COMMAND: a column, over whatever is mounted.
measure() {
  local status=0
  ! is_hopeless "$1" "$2" || return 1
  time_it "$3" || status=$?
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
# mount_system SYSTEM: for a column that does not count the mounting.
mount_system() {
  timeout -k 5 "$limit" sh -c "$(mounting "$1")" >mount.log 2>&1 || {
    echo "bench: $1: cannot mount: $(tail -n 1 mount.log)" >&2
    return 1
  }
}
mounted() { fresh "$1" && mount_system "$1"; }

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

# trace EVENT... -- COMMAND: runs it while the kernel writes these events of the mount into the instance of its tracing.
trace() {
  local event device events=() status=0
  # Anonymous devices have major 0, and then the kernel's own dev_t is the minor.
  device=$(mountpoint -d "$mnt")
  while [ "$1" != -- ]; do
    events+=("$instance/events/fuse/$1")
    shift
  done
  shift
  echo >"$instance/trace"
  for event in "${events[@]}"; do
    echo "connection == ${device#*:}" >"$event/filter"
    echo 1 >"$event/enable"
  done
  timeout -k 5 "$limit" sh -c "$1" >/dev/null 2>&1 || status=$?
  for event in "${events[@]}"; do echo 0 >"$event/enable"; done
  return "$status"
}
# count_requests: of the first and second compile, by every FUSE system, as the kernel's tracing sees them (all but FORGET). Of ours
# the events of another first compile are kept: profile.py says where they wait.
count_requests() {
  local name column
  mount -t tracefs tracefs "$tracing" 2>/dev/null || true
  if [ ! -d "$tracing/events/fuse/fuse_request_send" ]; then
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
    for column in requests-first requests-second; do
      trace fuse_request_send -- "$compile" || break
      value "$name" "$column" "$(awk '/^(entries|overrun):/ { sum += $2 } END { print sum }' "$instance"/per_cpu/cpu*/stats)"
    done
    if [ "$name" = ours ] && mounted ours && trace fuse_request_send fuse_request_end -- "$compile"; then
      cp "$instance/trace" profile.trace
    fi
  done
  unmount_it
}
