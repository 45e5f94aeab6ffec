# shellcheck shell=bash
# To be sourced, by checks that can be skipped: a system may have no package of what a check needs (scripts/setup.sh then says so).

# needs PROGRAM...: ends with status 77, and says so, where one of them is not installed
needs() {
  local program
  for program; do
    command -v "$program" >/dev/null || { echo "${0##*/}: $program is not installed"; exit 77; }
  done
}
