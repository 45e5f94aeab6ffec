#!/usr/bin/env bash
# Notes what has run a package, for scripts/packages/table.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/packages/note.sh [-h] RID KIND TEXT
Has out/packages/ran say that TEXT has run the package of that kind (program, deb, rpm, tarball, image) for RID, instead of what it
said of it before.
USAGE
}
case ${1-} in
  -h | --help) usage; exit ;;
esac
[ $# -eq 3 ] || { usage >&2; exit 2; }

ran=out/packages/ran
mkdir -p "${ran%/*}"
exec 9>"$ran.lock"
flock 9
touch "$ran"
{ grep -v "^$1 $2 " "$ran" || true; echo "$1 $2 $3"; } | sort >"$ran.new"
mv "$ran.new" "$ran"
