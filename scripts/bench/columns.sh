# shellcheck shell=bash disable=SC2034,SC2154
# The columns of scripts/bench.sh: what is run, in which order, and what each is compared with. Sourced in bench.sh's scratch folder.

# What a column is divided by is run directly before it, as the machine's speed changes from one minute to the next.
# before SYSTEM COLUMN KEY COMMAND: KEY is base (the same over a tree on tmpfs) or xz (decoding the archive); record takes it along.
before() {
  ! is_hopeless "$1" "$2" || return 0
  time_it "$4" || fail "$1, $2: what it is compared with has failed: $(tail -n 1 run.log)"
  reference[$1,$2,$3]=$(jq '.results[0].times[0]' run.json)
}
# compared SYSTEM COLUMN COMMAND: the same over the tree on tmpfs that stays for all rounds.
compared() { before "$1" "$2" base "${3//"$mnt"/"$ref"}"; }
# compared_fresh SYSTEM COLUMN COMMAND: the same over an empty tmpfs, mounted on top of that tree: so the flags fit it as well.
compared_fresh() {
  mount -t tmpfs tmpfs "$ref"
  compared "$@"
  umount "$ref"
}

# cold SYSTEM COLUMN COMMAND: a column over a fresh mount. Whatever the command writes into count must be what it has made of the tree
# on tmpfs: nobody is quick by reading less.
cold() {
  local expected count
  ! is_hopeless "$1" "$2" || return 1
  fresh "$1"
  rm -f count
  compared "$@"
  expected=$(cat count 2>/dev/null || true)
  mount_system "$1" && measure "$@" || return 1
  count=$(cat count 2>/dev/null || true)
  [ "$count" = "$expected" ] || {
    echo "has read $count, and over tmpfs $expected" >run.log
    give_up "$1" "$2" 1 run.log
    return 1
  }
}

# 20 programs get three times the time of one.
cold_20() {
  local limit=$((3 * limit))
  cold "$1" compiles "$compile_20"
}

# read_headers DIR: 1,000 random files, each read once; latency then holds the two figures.
read_headers() { timeout -k 5 "$limit" ./read-files "$1" 1000 <files >latency 2>run.log; }
headers() {
  local status=0 p50 p99
  ! is_hopeless "$1" p50 || return 0
  fresh "$1"
  read_headers "$ref" || fail "cannot read the headers on tmpfs: $(tail -n 1 run.log)"
  read -r p50 p99 <latency
  reference[$1,p50,base]=$p50
  reference[$1,p99,base]=$p99
  mount_system "$1" || return 0
  read_headers "$mnt" || status=$?
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
  ! is_hopeless "$1" ready || return 0
  fresh "$1"
  # Before the mount, as some read ahead by themselves after it.
  compared "$1" first "$compile"
  before "$1" ready xz "xz -dc kheaders.tar.xz"
  compared_fresh "$1" ready "$(mounting tmpfs)"
  measure "$1" ready "$(mounting "$1")" || return 0
  if measure "$1" first "$compile"; then
    compared "$1" second "$compile"
    measure "$1" second "$compile" || true
  fi
  if [ "$1" = ours-prime ]; then
    fresh "$1"
    compared "$1" first-1s "$compile"
    if mount_system "$1"; then
      sleep 1
      measure "$1" first-1s "$compile" || true
    fi
  fi
  if is_hopeless "$1" first; then
    # The first compile is a part of it.
    is_hopeless "$1" nothing || give_up "$1" nothing 124
  else
    fresh "$1"
    compared_fresh "$1" nothing "$(mounting tmpfs) && $compile"
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

# How long the program takes to start, and an archive of many blocks; only xz is anything to compare these with.
measure_program() {
  fresh ours
  before ours version xz "xz -dc kheaders.tar.xz"
  measure ours version "./kheadersfs -V" || true
  [ -e blocks.tar.xz ] || return 0
  fresh ours-blocks
  before ours-blocks ready xz "xz -dc blocks.tar.xz"
  if measure ours-blocks ready "./kheadersfs -o release=ignore blocks.tar.xz $mnt && test -d $mnt/include"; then
    memory ours-blocks ""
  fi
  unmount_it
  # What a second core is worth here: half of this is the least that decoding takes on two.
  before ours-blocks twice xz "xz -dc blocks.tar.xz"
  measure ours-blocks twice "xz -dc blocks.tar.xz & xz -dc blocks.tar.xz && wait" || true
}
