#!/usr/bin/env bash
# Has shellcheck read all scripts at once, for they source each other. Status 77: it is not installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v shellcheck >/dev/null || { echo "shellcheck is not installed"; exit 77; }
mapfile -t scripts < <(git ls-files -- 'scripts/*.sh' .ci/run src/KHeadersFs/Completions/*.bash src/KHeadersFs/OpenRC/kheadersfs)
shellcheck "${scripts[@]}"
