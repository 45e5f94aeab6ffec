#!/usr/bin/env bash
# Writes the table of what make release has made.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/packages/table.sh [-h] [--keep]
Prints a table of the packages in out/packages: size, what each needs, and what has run it, as scripts/check-packages.sh has noted.
With --keep puts it into src/docs/measurements.md, between its markers. Run "make release VERSION=..." and scripts/check-packages.sh run and image before.
USAGE
}
keep=
case ${1-} in
  '') ;;
  --keep) keep=1 ;;
  *) usage; [[ $1 = -h || $1 = --help ]] || exit 2; exit ;;
esac

# row RID KIND FILE NEEDS
row() {
  local ran
  ran=$(sed -n "s/^$1 $2 //p" out/packages/ran)
  printf '| %s | %s | %s | %s | %s |\n' "$2" "${1#linux-}" "$(stat -c %s "$3" | sed -E ':a; s/([0-9])([0-9]{3})($|,)/\1,\2\3/; ta')" "$4" "${ran:-nothing}"
}

table() {
  local glibc rid
  echo '| what | for | bytes | needs | what has run it |'
  echo '|---|---|---|---|---|'
  for rid in linux-x64 linux-arm64; do
    (
      export RID=$rid
      # shellcheck source=scripts/packages/common.sh
      source scripts/packages/common.sh
      glibc=$(oldest_glibc)
      row "$rid" program "$program" "${glibc:+glibc $glibc}${glibc:-no library}"
      row "$rid" deb "$output/kheadersfs_$version-1_$debian.deb" dpkg
      row "$rid" rpm "$output/kheadersfs-$version-1.$rpm_architecture.rpm" rpm
      row "$rid" tarball "$output/kheadersfs-$version-$rid.tar.gz" "sh, tar, gzip"
      row "$rid" image "$output/kheadersfs-$version-$rid.oci.tar" "a container engine"
    )
  done
}

table=$(table)
if [ -z "$keep" ]; then
  echo "$table"
  exit
fi
document=src/docs/measurements.md
grep -q '^<!-- packages: ' "$document" || { echo "table: $document has no markers" >&2; exit 1; }
TABLE=$table awk '/^<!-- packages: / { print; print ""; print ENVIRON["TABLE"]; print ""; skip = 1 }
  /^<!-- end of packages -->/ { skip = 0 } !skip' "$document" >"$document.new"
mv "$document.new" "$document"
