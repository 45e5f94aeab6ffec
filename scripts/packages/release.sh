#!/usr/bin/env bash
# Makes a release: a version's files of both architectures, with checksums, licences and bills of materials.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/packages/release.sh [-h] VERSION
Builds all packages of version VERSION (as 1.2.3) for linux-x64 and linux-arm64 into out/release, and beside them the bare program,
the licences of what is linked in, a bill of materials for each architecture, and SHA256SUMS.
The version stands in src/Directory.Build.props. If it is another one there, it is changed, and what stands under "Unreleased" in
src/CHANGELOG.md gets it and today's date for a heading: look at both, and commit them. From that commit, the same command gives the
same bytes.
USAGE
}
case ${1-} in
  -h | --help) usage; exit ;;
  -*) usage >&2; exit 2 ;;
esac
[ $# -eq 1 ] || { usage >&2; exit 2; }
wanted=$1
fail() { echo "release: $*" >&2; exit 1; }
[[ $wanted =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "VERSION='$wanted': should be three numbers, as 1.2.3"
properties=src/Directory.Build.props
changelog=src/CHANGELOG.md

changed=
if ! grep -q "<Version>$wanted</Version>" $properties; then
  ! grep -q "^## \[$wanted\]" $changelog || fail "$changelog has a version $wanted, and $properties another one"
  # Between the two headings there must be something.
  sed -n '/^## \[Unreleased\]/,/^## \[[0-9]/ { /^##/d; /./p }' $changelog | grep -q . ||
    fail "nothing stands under Unreleased in $changelog: write what users notice"
  sed -i "s|^## \[Unreleased\]|&\n\n## [$wanted] - $(date -u +%F)|" $changelog
  sed -i "s|<Version>.*</Version>|<Version>$wanted</Version>|" $properties
  changed=1
fi
grep -q "^## \[$wanted\] - " $changelog || fail "$changelog has no heading '## [$wanted] - DATE'"

folder=out/release
rm -rf $folder
mkdir -p $folder
for rid in linux-x64 linux-arm64; do
  make -s RID="$rid" packages
  RID=$rid scripts/check-packages.sh lint
  (
    export RID=$rid
    # shellcheck source=scripts/packages/common.sh
    source scripts/packages/common.sh
    cp "$output/kheadersfs_$version-1_$debian.deb" "$output/kheadersfs-$version-1.$rpm_architecture.rpm" \
      "$output/kheadersfs-$version-$rid.tar.gz" "$output/kheadersfs-$version-$rid.oci.tar" "$folder"
    cp "$program" "$folder/kheadersfs-$version-$rid"
    scripts/packages/sbom.sh "$folder/kheadersfs-$version-$rid.cdx.json"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    scripts/packages/licences.sh "$work/kheadersfs-$version-$rid-licences"
    cp LICENSE "$work/kheadersfs-$version-$rid-licences"
    pack "$work" "kheadersfs-$version-$rid-licences" | gzip -9n >"$folder/kheadersfs-$version-$rid-licences.tar.gz"
  )
done
(cd $folder && sha256sum -- * >SHA256SUMS)
echo "release: version $wanted is in $folder, $(wc -l <$folder/SHA256SUMS) files and SHA256SUMS"
[ -z "$changed" ] || echo "release: commit $properties and $changelog, and tag that commit v$wanted"
