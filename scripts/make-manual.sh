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
  function sentence(s) { s = text(s); gsub(/DIR/, "\\fIdir\\fR", s); return toupper(substr(s, 1, 1)) substr(s, 2) "." }
  BEGIN {
    while ((getline line <version) > 0) number = line
    sub(/.* /, "", number)
    options = ".Bl -tag -width Ds\n"
    while ((getline <list) > 0) {
      name = $1; argument = ""
      if ($2 == "command") {
        commands = commands (commands == "" ? "" : "\n") ".Nm kheadersfs\n.Cm " word(name)
        count = split($4, flags, " ")
        for (i = 1; i <= count; i++)
          commands = commands "\n.Op Fl " word(substr(flags[i], 2)) (flags[i] == "-o" ? " Ar option,..." : "")
        if ($5 != "") commands = commands "\n.Op Ar " ($5 == "ARCHIVE" ? "source" : tolower($5))
        continue
      }
      if ($2 == "switch") {
        equals = index(name, "=")
        argument = equals ? " Ar " tolower(substr(name, equals + 1)) (name ~ /OPTION/ ? ",..." : "") : ""
        switches = switches ".It Fl " word(substr(equals ? substr(name, 1, equals - 1) : name, 2)) argument "\n" sentence($3) "\n"
        continue
      }
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
      options = options "\n" sentence($3 == "" ? "as in mount(8)" : $3) "\n"
    }
    options = options ".El"
    switches = ".Bl -tag -width Ds\n" switches ".El"
  }
  /^@COMMANDS@$/ { print commands; next }
  /^@SWITCHES@$/ { print switches; next }
  /^@OPTIONS@$/ { print options; next }
  /^@IGNORED@/ { print ignored " ."; next }
  { gsub(/@VERSION@/, number); print }
' "$template" >"$2.new"
mv "$2.new" "$2"
