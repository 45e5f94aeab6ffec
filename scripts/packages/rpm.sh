#!/usr/bin/env bash
# Builds the .rpm.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/packages/rpm.sh [-h]
Builds out/packages/RID/kheadersfs-VERSION-RELEASE.ARCHITECTURE.rpm of what make has built.
  RID=... RELEASE=... SOURCE_DATE_EPOCH=... OUTPUT=...  as in scripts/packages/common.sh
USAGE
}
case ${1-} in
  '') ;;
  *) usage; [[ $1 = -h || $1 = --help ]] || exit 2; exit ;;
esac
# shellcheck source=scripts/packages/common.sh
source scripts/packages/common.sh
command -v rpmbuild >/dev/null || fail "no rpmbuild: run scripts/setup.sh packages"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stage "$work/stage"

options=(
  --define "version_number $version" --define "release_number $release" --define "stage $work/stage"
  --define "licences $(licence_expression)"
  --define "_topdir $work/top" --define "_rpmdir $work" --define "_dbpath $work/db" --define "_tmppath $work"
  # Nothing of this machine and this moment.
  --define "_buildhost localhost" --define "use_source_date_epoch_as_buildtime 1" --define "clamp_mtime_to_source_date_epoch 1"
  # Which every rpm since 2010 can read, also where rpm 6 builds it.
  --define "_rpmformat 4" --define "_binary_payload w6.xzdio"
  # The program is left as it is; what it needs stands in the spec.
  --define "debug_package %{nil}" --define "__os_install_post %{nil}" --define "_build_id_links none" --define "__strip /bin/true"
  --define "_unpackaged_files_terminate_build 1" --define "_docdir_fmt %%{NAME}"
  # Debian's own macros would have it call a compiler's options.
  --define "_use_internal_dependency_generator 0" --define "__find_requires %{nil}" --define "__find_provides %{nil}"
)
# A static program needs none; a macro without a value is an error.
glibc=$(oldest_glibc)
[ -z "$glibc" ] || options+=(--define "oldest_glibc $glibc")
rpmbuild -bb --quiet --target "$rpm_architecture" "${options[@]}" scripts/packages/kheadersfs.spec >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  fail "rpmbuild failed: see above"
}
package=$output/kheadersfs-$version-$release.$rpm_architecture.rpm
mv "$work/$rpm_architecture/${package##*/}" "$package"
echo "rpm: $package, $(stat -c %s "$package") bytes"
