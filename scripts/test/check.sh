#!/usr/bin/env bash
# Runs one of the checks of scripts/test/checks.mk, shows what became of it, and writes it down.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/limits.sh
source scripts/limits.sh

usage() {
  cat <<'USAGE'
usage: scripts/test/check.sh [-h] USUAL NAME COMMAND...
USUAL is how many seconds the command usually takes on a quiet machine with two processors: scripts/limits.sh makes a limit of it.
Status 0 of the command is a check that passed, 77 one that cannot run here, of which its last line says why; any other has failed,
and what was printed is shown. A suite of xunit counts by its own tests. Ends with 1 when anything has failed.
  out/test/NAME.log  what the command prints
  out/test/results   gets a line, with tabs: passed, failed, skipped, seconds, those of one processor, name
USAGE
}
case ${1-} in
  -h | --help) usage; exit ;;
  '' | -*) usage >&2; exit 2 ;;
esac
usual=$1 name=$2
shift 2
log=out/test/${name//[ \/]/-}.log
# Other makes are started below: they are no part of this one.
unset MAKEFLAGS MFLAGS MAKELEVEL

# field NAME: the number after "NAME: " in the summary of a suite, 0 when there is none
field() {
  local number
  number=$(sed -n "s/.*[ ,]$1: \([0-9]*\).*/\1/p" <<<"$summary")
  echo "${number:-0}"
}

# What the second make needs, the first has run: failed is its second column.
if before=$(awk -F '\t' -v name="$name" '$6 == name { print $2; found = 1 } END { exit !found }' out/test/results); then
  [ "$before" -eq 0 ]
  exit
fi

status=0 word=ok
passed=0 failed=0 skipped=0
started=$SECONDS
within "$usual" "$@" >"$log" 2>&1 || status=$?
took=$((SECONDS - started))
# That of the children is the second line of times: 1m2.345s 0m6.789s. In a pipeline it would be that of the pipeline.
times >"$log.times"
computed=$(awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, part, /[ms]/); sum += part[1] * 60 + part[2] } printf "%d", sum }' "$log.times")
rm "$log.times"
summary=$(grep -E ' Total: [0-9]+, Errors: ' "$log" | tail -n 1 || true)
note=
if [ -n "$summary" ]; then
  skipped=$(field Skipped)
  failed=$(($(field Failed) + $(field Errors)))
  passed=$(($(field Total) - $(field 'Not Run') - skipped - $(field Failed)))
  note=": $passed passed, $skipped skipped"
  [ "$passed" -gt 0 ] || note+=": no test ran"
  # It did not end as its tests did, or had none.
  [ "$failed" -gt 0 ] || { [ "$status" -eq 0 ] && [ "$((passed + skipped))" -gt 0 ]; } || failed=1
elif [ "$status" -eq 0 ]; then
  passed=1
elif [ "$status" -eq 77 ]; then
  skipped=1 word=skipped note=": $(tail -n 1 "$log")"
else
  failed=1
fi
[ "$failed" -eq 0 ] || word=FAILED

{
  flock 9
  if [ "$failed" -gt 0 ]; then
    cat "$log"
    echo "$name: status $status"
  elif [ -n "$summary" ]; then
    grep -A 1 -F '[SKIP]' "$log" || true
  fi
  printf '%-7s %s%s (%d s, %d s of one processor)\n' "$word" "$name" "$note" "$took" "$computed"
  printf '%d\t%d\t%d\t%d\t%d\t%s\n' "$passed" "$failed" "$skipped" "$took" "$computed" "$name" >>out/test/results
} 9>out/test/lock
[ "$failed" -eq 0 ]
