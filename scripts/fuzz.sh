#!/usr/bin/env bash
# Gives made inputs to what reads them: half of the time by seed and number, half as afl-fuzz finds new ways through our code.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'EOF'
usage: scripts/fuzz.sh [-h] [TARGET [SECONDS]]
  TARGET   tar, xz, store, fuse, header, or all (default)
  SECONDS  for all together; default: 60
What afl-fuzz has found is left in out/fuzz/found/TARGET. Ends with 2 when something was found.
EOF
}

# The tool that puts the counters in, as the library in tests/fuzz that reads them.
sharpfuzz=2.3.0
work=out/fuzz

case ${1-} in -h | --help) usage; exit ;; esac
targets=(tar xz store fuse header)
case " ${targets[*]} all " in
  *" ${1:-all} "*) [ "${1:-all}" = all ] || targets=("$1") ;;
  *) echo "fuzz: $1: no such target" >&2; usage >&2; exit 1 ;;
esac
seconds=$((${2:-60} / 2 / ${#targets[@]}))
[ "$seconds" -gt 0 ] || { echo "fuzz: too short a time for ${#targets[@]} targets" >&2; exit 1; }

found=0
dotnet build tests/fuzz -c Release --nologo -v quiet
built=tests/fuzz/bin/Release/net10.0
for target in "${targets[@]}"; do
  "$built/KHeadersFs.Fuzz" --target "$target" --seconds "$seconds" || found=2
done

[ -x "$work/tool/sharpfuzz" ] || dotnet tool install SharpFuzz.CommandLine --version "$sharpfuzz" --tool-path "$work/tool" >/dev/null
rm -rf "$work/program" "$work/seeds" "$work/found"
mkdir -p "$work/seeds"
cp -r "$built" "$work/program"
for library in KHeadersFs.Archive KHeadersFs.Fuse kheadersfs; do
  "$work/tool/sharpfuzz" "$work/program/$library.dll" >/dev/null
done

# It would ask for a core pattern and a governor of the whole machine.
export AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_SKIP_BIN_CHECK=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_FORKSRV_INIT_TMOUT=60000
# Compiled once and for all: code that changes under way would look like another way through it.
export DOTNET_TieredCompilation=0

# field NAME: of what afl-fuzz has written down
field() { sed -n "s/^$1 *: //p" "$work/found/$target/default/fuzzer_stats"; }

for target in "${targets[@]}"; do
  mkdir -p "$work/seeds/$target" "$work/found/$target"
  "$built/KHeadersFs.Fuzz" --seeds "$target" "$work/seeds/$target"
  timeout -k 10 $((seconds * 4 + 120)) afl-fuzz -i "$work/seeds/$target" -o "$work/found/$target" -t 10000 -m none -V "$seconds" \
    -- "$work/program/KHeadersFs.Fuzz" --read "$target" >"$work/found/$target/log" 2>&1 || {
    tail -n 20 "$work/found/$target/log"
    echo "fuzz: $target: afl-fuzz failed"
    exit 1
  }
  echo "$target by coverage: $(field execs_done) inputs, $(field edges_found) edges, $(field corpus_count) that lead somewhere new, $(field saved_crashes) crashes, $(field saved_hangs) hangs"
  if [ "$(field saved_crashes)" -gt 0 ] || [ "$(field saved_hangs)" -gt 0 ]; then
    echo "fuzz: $target: see $work/found/$target/default; again: $built/KHeadersFs.Fuzz --read $target FILE"
    found=2
  fi
done
exit "$found"
