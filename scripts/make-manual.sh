#!/usr/bin/env bash
# Makes the manual from its template and the program's own list of options.
set -euo pipefail

usage() { echo "usage: scripts/make-manual.sh [-h] PROGRAM OUT.8"; }
case ${1-} in
  -h | --help) usage; exit ;;
esac
[ $# -eq 2 ] || { usage >&2; exit 2; }
template=$(dirname "$0")/../src/KHeadersFs/Manual/kheadersfs.8.in
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

"$1" --list-options >"$temporary/list"
"$1" -V >"$temporary/version"
# In roff a backslash, and a dot or quote that starts a line, are commands; "-" is a hyphen, "\-" the character of options.
awk -F '\t' -v version="$temporary/version" -v list="$temporary/list" '
  function text(s) { gsub(/\\/, "\\e", s); return s ~ /^[.\x27]/ ? "\\\\&" s : s }
  function word(s) { s = text(s); gsub(/-/, "\\-", s); return s }
  BEGIN {
    while ((getline line <version) > 0) number = line
    sub(/.* /, "", number)
    options = ".Bl -tag -width Ds\n"
    while ((getline <list) > 0) {
      name = $1; argument = ""
      if ($2 == "ignored") {
        ignored = ignored (ignored == "" ? "" : " ,\n") ".Cm " word(name)
        continue
      }
      if (equals = index(name, "=")) { argument = substr(name, equals + 1); name = substr(name, 1, equals - 1) }
      options = options ".It Cm " word(name)
      if (argument != "") {
        # Upper case stands for a value of the user, anything else is written as it is.
        macro = argument ~ /^[A-Z]+$/ ? "Ar" : "Cm"
        gsub(/\|/, " | ", argument)
        options = options " Ns = Ns " macro " " (macro == "Ar" ? tolower(word(argument)) : word(argument))
      }
      help = text($3)
      gsub(/DIR/, "\\fIdir\\fR", help)
      if (help == "") help = "as in mount(8)"
      options = options "\n" toupper(substr(help, 1, 1)) substr(help, 2) ".\n"
    }
    options = options ".El"
  }
  /^@OPTIONS@$/ { print options; next }
  /^@IGNORED@/ { print ignored " ."; next }
  { gsub(/@VERSION@/, number); print }
' "$template" >"$2.new"
mv "$2.new" "$2"
