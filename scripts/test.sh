#!/usr/bin/env bash
# Runs the checks of scripts/test/checks.mk. The last line counts them: "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/limits.sh
source scripts/limits.sh

usage() {
  cat <<'EOF'
usage: scripts/test.sh [-h] [quick|CHECK...]
Sets up, builds, makes the archives that the tests read, and runs all checks and suites, as many beside each other as their needs
allow. quick: only those that mount nothing and need no archive. CHECK: a target of scripts/test/checks.mk, and what it needs.
  JOBS=...  how many run at once; default: two for each processor, for most of them wait for something
EOF
}
case ${1-} in
  -h | --help) usage; exit ;;
  -*) usage >&2; exit 2 ;;
esac

mkdir -p out/test
rm -f out/test/results
touch out/test/results
started=$SECONDS
KHEADERSFS_SLOWNESS=${KHEADERSFS_SLOWNESS:-$(measure_slowness)}
export KHEADERSFS_SLOWNESS KHEADERSFS_PROGRAM=$PWD/out/kheadersfs KHEADERSFS_ARCHIVES=$PWD/out/archives
echo "test: limits are those of a quiet machine with two processors, times $KHEADERSFS_SLOWNESS"

# The jobs of a make that has called this are not ours.
run_checks() { env -u MAKEFLAGS -u MFLAGS make --no-print-directory --keep-going --jobs="${JOBS:-$(($(nproc) * 2))}" -f scripts/test/checks.mk "$@"; }
if [ $# -gt 0 ]; then
  run_checks "$@" || true
else
  # What measures is alone, also when something before it has failed.
  run_checks together || true
  JOBS=1 run_checks alone || true
fi

awk '{ passed += $1; failed += $2; skipped += $3 } END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped }' \
  out/test/results >out/test/summary
[ -s out/test/results ] || echo "0 passed, 1 failed, 0 skipped" >out/test/summary
echo "test: $((SECONDS - started)) seconds"
cat out/test/summary
grep -qE '(^|[^0-9])0 failed' out/test/summary
