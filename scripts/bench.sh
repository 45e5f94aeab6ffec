#!/usr/bin/env bash
# Measures mounting, compiling and reading against a tree on tmpfs, xz and other file systems, in interleaved rounds.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/bench.sh [-h] [--keep] [ARCHIVE]
Compares out/kheadersfs with the archive extracted to tmpfs, with "xz -dc", and with those file systems of scripts/bench/systems.sh
that are on PATH. Needs root and an idle machine; takes some minutes per round.
Writes out/bench/{report.md,summary.md,results.json,chart.svg}.
  --keep       also keep report.md and results.json in tests/bench/runs/DATE-CPU/ and the chart in tests/bench/chart.svg, and put
               the summary into src/docs/measurements.md
  ARCHIVE      default: out/archives/kheaders.tar.xz
  ROUNDS=...   default: 7
  LIMIT=...    seconds after which a command is given up; its column then says "> N s"; default: 20 (20 compiles: three times that)
  SYSTEMS=...  names in scripts/bench/systems.sh, to measure only these and tmpfs; default: all
  BLOCKS=...   an archive of many blocks; default: out/archives/blocks-256k.tar.xz, which make test makes

How it measures:
  - Round by round, and in each round system by system; all figures are medians.
  - A ratio is that to a run directly before, in the same minute: of the same command over a tree on tmpfs that stays for all rounds;
    for "ready", of "tar -x" to an empty tmpfs; for "nothing to first object", of that and the compile. In the table "Against xz"
    it is "xz -dc", directly before too; the whole tree is compared with the one before its system's "ready".
  - tmpfs is a row like the others. How far its ratios are from 1.00 is the noise.
  - Every column starts alike for every system: unmount; sync; echo 3 >/proc/sys/vm/drop_caches; read once what any of the systems
    needs (archive, images, kept store, programs, libraries); what the column is compared with; mount. So what is measured is the file
    system and not the disk, and nothing has been read through the mount yet. "First compile" uses the mount of "ready", and what
    it is compared with is run before that. Only "second compile", after what it is compared with, follows another column.
  - A command is one run of hyperfine, through sh -c (a millisecond, the same for all).
  - "Ready" is the command that mounts and a stat(2) below the mount. What must be there beforehand (an image, our kept store) is
    made from the archive once, and its cost is a column of its own.
  - Requests are the kernel's own trace events, counted over mounts that nothing else is measured on.
USAGE
}
fail() { echo "bench: $*" >&2; exit 1; }
keep=
archive=
for argument; do
  case $argument in
    -h | --help) usage; exit ;;
    --keep) keep=1 ;;
    -* | '') usage >&2; exit 2 ;;
    *) archive=$argument ;;
  esac
done

rounds=${ROUNDS:-7}
limit=${LIMIT:-20}
top=$PWD
output=$PWD/out/bench
[ "$(id -u)" -eq 0 ] || fail "mounting and dropping caches need root"
[ -x out/kheadersfs ] || fail "no out/kheadersfs: run make"
archive=$(readlink -e "${archive:-out/archives/kheaders.tar.xz}") || fail "no archive: run make demo, or give one"
blocks=$(readlink -e "${BLOCKS:-out/archives/blocks-256k.tar.xz}") || blocks=
clang=$(scripts/find-clang.sh) || fail "no clang: run scripts/setup.sh bench"
for tool in hyperfine jq python3 gcc xz tar pgrep; do
  command -v "$tool" >/dev/null || fail "no $tool: run scripts/setup.sh bench"
done

scratch=$(mktemp -d /dev/shm/kheadersfs-bench.XXXXXX)
mnt=$scratch/mnt
ref=$scratch/ref
tracing=$scratch/tracing
instance=$tracing/instances/${scratch##*/}
clean_up() {
  cd "$scratch"
  unmount_it
  [ ! -d "$instance" ] || rmdir "$instance"
  umount "$tracing" 2>/dev/null || true
  # A second tmpfs may be on top.
  while umount "$ref" 2>/dev/null; do :; done
  cd "$top"
  rm -rf --one-file-system "$scratch" "$output/inputs"
}
# shellcheck source=scripts/bench/measure.sh
source "$top/scripts/bench/measure.sh"
# shellcheck source=scripts/bench/columns.sh
source "$top/scripts/bench/columns.sh"
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

rm -rf "$output"
mkdir -p "$output/inputs" "$mnt" "$ref" "$tracing" "$scratch/tree"
ln -s "$top/out/kheadersfs" "$scratch/kheadersfs"
ln -s "$archive" "$scratch/kheaders.tar.xz"
[ -z "$blocks" ] || ln -s "$blocks" "$scratch/blocks.tar.xz"
# On disk, where such files are.
ln -s "$output/inputs" "$scratch/inputs"
gcc -O2 -o "$scratch/read-files" scripts/bench/read-files.c

# From here on names are short, and no path of this machine gets into what is recorded.
cd "$scratch"
# shellcheck source=scripts/bench/systems.sh
source "$top/scripts/bench/systems.sh"
# shellcheck source=scripts/bench/workloads.sh
source "$top/scripts/bench/workloads.sh"
[ -n "$blocks" ] || not_measured+=("an archive of many blocks (no out/archives/blocks-256k.tar.xz)")
if [ -n "${SYSTEMS-}" ]; then
  all=("${systems[@]}")
  systems=()
  for name in "${all[@]}"; do
    [[ " tmpfs $SYSTEMS " != *" $name "* ]] || systems+=("$name")
  done
fi

# version COMMAND...: the number in what it prints
version() {
  command -v "$1" >/dev/null || return 0
  echo "$1 $({ timeout 10 "$@" 2>&1 </dev/null || true; } | grep -m 1 -oE '[0-9]+(\.[0-9]+)+' | head -n 1)"
}
versions() {
  version "${clang##*/}" --version
  version xz --version
  version tar --version
  version hyperfine --version
  version mksquashfs -version
  version mkfs.erofs -V
  version squashfuse --help
  for name in archivemount fuse-archive ratarmount dwarfs erofsfuse; do version "$name" --version; done
}
describe() {
  jq -n '$ARGS.named' \
    --arg date "$(date +%F)" \
    --arg cpu "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" --argjson cores "$(nproc)" \
    --arg kernel "$(uname -r | cut -d - -f 1)" --arg load "$(cut -d ' ' -f 1 /proc/loadavg)" \
    --arg commit "$(git -C "$top" describe --always --dirty 2>/dev/null)" \
    --argjson rounds "$rounds" --argjson limit "$limit" --arg versions "$(versions | paste -sd ,)" \
    --argjson archive_bytes "$(stat -L -c %s kheaders.tar.xz)" --argjson tar_bytes "$(xz -dc kheaders.tar.xz | wc -c)" \
    --argjson files "$(wc -l <files)" \
    --arg release "$(tar -xJOf kheaders.tar.xz ./include/generated/utsrelease.h | sed -n 's/.*"\(.*\)".*/\1/p')" >about.json
}

echo "bench: ${#systems[@]} systems, $rounds rounds: ${systems[*]}"
round=0
make_workloads
tar -tJvf kheaders.tar.xz | awk '/^-/ { print $6 }' | LC_ALL=C sort >files
describe
make_inputs
for ((round = 1; round <= rounds; round++)); do
  measure_program
  for name in "${systems[@]}"; do
    measure_system "$name"
  done
  echo "bench: round $round of $rounds done after $SECONDS s"
done
round=0
count_requests

for name in "${systems[@]}"; do printf '%s\t%s\n' "$name" "${label[$name]}"; done >labels
printf '%s\n' "${not_measured[@]+"${not_measured[@]}"}" >not-measured
python3 -B "$top/scripts/bench/report.py" . "$output"
cd "$top"
# What has been measured is worth keeping also without these.
append() { { echo; "$@"; } >>"$output/report.md" || echo "bench: $1 failed" >&2; }
[ ! -e "$scratch/profile.trace" ] || append python3 -B scripts/bench/profile.py "$scratch/profile.trace"
append env ARCHIVE="$archive" ROUNDS=3 scripts/bench/growth.sh

if [ -n "$keep" ]; then
  slug=$(jq -r '.about | "\(.date)-\(.cpu)" | ascii_downcase | gsub("[^a-z0-9]+"; "-") | rtrimstr("-")' "$output/results.json")
  mkdir -p "tests/bench/runs/$slug"
  cp "$output/report.md" "$output/results.json" "tests/bench/runs/$slug/"
  cp "$output/chart.svg" tests/bench/chart.svg
  document=src/docs/measurements.md
  # Between the two comments stands what this script has written, and nothing else.
  awk -v summary="$output/summary.md" -v run="../../tests/bench/runs/$slug" '
    /^<!-- bench/ { print; while ((getline line <summary) > 0) { gsub(/RUN/, run, line); print line }; skip = 1 }
    /^<!-- end of bench/ { skip = 0 }
    !skip { print }
    ' "$document" >"$output/document.md"
  mv "$output/document.md" "$document"
  echo "bench: kept in tests/bench/runs/$slug; $document and tests/bench/chart.svg are new"
fi
echo "bench: $output/report.md"
