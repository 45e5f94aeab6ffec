#!/usr/bin/env bash
# Collects the licences of what is linked into the program.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/packages/licences.sh [-h] DIR
Puts the licences of what scripts/packages/linked.sh lists into DIR, a file or two for each, and the whole texts that those refer
to. RID=... as there.
USAGE
}
case ${1-} in
  -h | --help) usage; exit ;;
  -*) usage >&2; exit 2 ;;
esac
[ $# -eq 1 ] || { usage >&2; exit 2; }
directory=$1

list=$(scripts/packages/linked.sh)
mkdir -p "$directory"
while IFS=$'\t' read -r name _ licence _ files; do
  for file in $files; do
    # .../copyright, .../LICENSE.TXT, .../THIRD-PARTY-NOTICES.TXT
    kind=$(basename "${file,,}" .txt)
    install -m 644 "$file" "$directory/$name-$kind.txt"
  done
  case $licence in
    Apache-2.0) texts=(Apache-2.0) ;;
    LGPL-2.1*) texts=(LGPL-2.1) ;;
    GPL-3.0*) texts=(GPL-3) ;;
    *) texts=() ;;
  esac
  for text in "${texts[@]}"; do
    install -m 644 "/usr/share/common-licenses/$text" "$directory/$text.txt"
  done
done <<<"$list"
