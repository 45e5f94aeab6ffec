#!/usr/bin/env bash
# Runs a suite of tests, or a part of it.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/test/suite.sh [-h] SUITE [PART]
SUITE is a project of tests/, built before.
  quick  what takes less than a second and needs no archive that has to be made
  check  runs nothing: each class of tests has to be in one list of tests/SUITE/shards, and each name there has to be a class
  PART   the list of that name in tests/SUITE/shards: a line "shard PART", and below it a class a line
Parts run beside each other: each process of the mounted tests makes mount and process namespaces of its own. How long each test took is
in out/test/SUITE-PART.xml, for lists of equal length.
USAGE
}
case ${1-} in
  -h | --help) usage; exit ;;
  '' | -*) usage >&2; exit 2 ;;
esac
suite=$1 part=${2-}
mkdir -p out/test
program=tests/$suite/bin/Release/net10.0/$suite
run() { exec "$program" -noColor -noLogo -result-xml "out/test/$suite${part:+-$part}.xml" "$@"; }

# classes PART
classes() { awk -v part="$1" '/^#|^$/ { next } $1 == "shard" { inside = ($2 == part || part == ""); next } inside' "tests/$suite/shards"; }

# Both lists, sorted, with what is there twice.
check() {
  local difference
  difference=$(diff <("$program" -noColor -noLogo -list classes/text | sed -n "s/^ *$suite\.//p" | sort) <(classes '' | sort)) || {
    sed -n "s/^</in no list: /p; s/^>/in a list, and no class or there twice: /p" <<<"$difference"
    return 1
  }
  echo "$suite: $(classes '' | wc -l) classes in $(grep -c '^shard ' "tests/$suite/shards") lists"
}

case $part in
  '') run ;;
  quick) run -trait- Takes=long ;;
  check) check ;;
  *)
    mapfile -t chosen < <(classes "$part")
    [ ${#chosen[@]} -gt 0 ] || { echo "suite: tests/$suite/shards has no list $part" >&2; exit 2; }
    arguments=()
    for class in "${chosen[@]}"; do arguments+=(-class "$suite.$class"); done
    run "${arguments[@]}"
    ;;
esac
