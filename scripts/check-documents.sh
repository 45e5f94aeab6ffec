#!/usr/bin/env bash
# Checks what the documents say of the project and of each other.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/check-documents.sh [-h]
Every link between documents leads to a file, every path in backquotes that begins with src/, tests/ or scripts/ is there, every document
that sources name is there, and every message that the README explains is one of the program's own or of the kernel's.
USAGE
}
case ${1-} in
  '') ;;
  *) usage; [[ $1 = -h || $1 = --help ]] || exit 2; exit ;;
esac

failures=0
bad() { echo "check-documents: $*" >&2; failures=$((failures + 1)); }

mapfile -t documents < <(git ls-files -- '*.md' ':!tests/bench/runs')
for document in "${documents[@]}"; do
  while read -r target; do
    [[ $target == http* ]] || [ -e "$(dirname "$document")/${target%%#*}" ] || bad "$document: no $target, which it links to"
  done < <(grep -oP '\]\(\K[^)]+' "$document")
  # A pattern or a form with blanks is no path.
  # shellcheck disable=SC2016 # backquotes
  while read -r path; do
    compgen -G "${path%/}" >/dev/null || bad "$document: no $path, which it names"
  done < <(grep -oP '`\K(src|tests|scripts)/[^` ]+(?=[` ])' "$document")
done

# "(docs/platform.md)", "Store/FORMAT.md": by the end of the path.
tracked=$(git ls-files)
while IFS=: read -r source name; do
  grep -qE "(^|/)${name//./\\.}\$" <<<"$tracked" || bad "$source: names $name, which is not there"
done < <(git grep -oE '([A-Za-z]+/)*(docs/[a-z]+|[A-Z]+)\.md\b' -- 'src/*.cs' 'src/*.txt' 'src/*.yaml' 'tests/*.cs' | sort -u)

# The kernel's own words for ENOTCONN.
kernel='Transport endpoint is not connected'
messages=0
# shellcheck disable=SC2016 # backquotes
while read -r message; do
  messages=$((messages + 1))
  [[ $message == "$kernel" ]] || git grep -qF "$message" -- 'src/*.cs' || bad "README.md: no message says: $message"
done < <(sed -n '/^| message | what to do |$/,/^$/s/^| `\([^`]*\)` |.*/\1/p' README.md)
[ "$messages" -gt 5 ] || bad "README.md: has no table of messages"

[ "$failures" -eq 0 ] || exit 1
echo "check-documents: ${#documents[@]} documents, $messages messages"
