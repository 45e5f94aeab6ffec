#!/usr/bin/env bash
# Writes the bill of materials.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/packages/sbom.sh [-h] OUT.json
Writes what the program of RID is made of, in CycloneDX's format, by the tool of that name (NuGet's CycloneDX, which is installed
below out/). The tool knows .NET's packages; what is linked in besides it is told, from scripts/packages/linked.sh.
  RID=... SOURCE_DATE_EPOCH=...  as in scripts/packages/common.sh
USAGE
}
case ${1-} in
  -h | --help) usage; exit ;;
  -*) usage >&2; exit 2 ;;
esac
[ $# -eq 1 ] || { usage >&2; exit 2; }
# shellcheck source=scripts/packages/common.sh
source scripts/packages/common.sh

tool_version=6.3.1
tool=out/tools/cyclonedx-$tool_version
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ ! -x "$tool/dotnet-CycloneDX" ]; then
  dotnet tool install CycloneDX --version "$tool_version" --tool-path "$tool" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    fail "cannot install CycloneDX $tool_version from NuGet: see above"
  }
fi

purl=pkg:generic/kheadersfs@$version
list=$(scripts/packages/linked.sh)
{
  echo '<?xml version="1.0" encoding="utf-8"?>'
  echo '<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><metadata>'
  echo "<component type=\"application\" bom-ref=\"$purl\"><name>kheadersfs</name><version>$version</version>"
  echo "<description>$summary, $RID</description>"
  echo "<hashes><hash alg=\"SHA-256\">$(sha256sum <"$program" | cut -d ' ' -f 1)</hash></hashes>"
  echo "<licenses><license><id>MIT</id></license></licenses><purl>$purl</purl><components>"
  while IFS=$'\t' read -r name found licence url _; do
    echo "<component type=\"library\" bom-ref=\"$name\"><name>$name</name><version>$found</version>"
    echo "<licenses><expression>$licence</expression></licenses><purl>$url</purl></component>"
  done <<<"$list"
  echo '</components></component></metadata></bom>'
} >"$work/metadata.xml"

# Packages that only the build uses are no part of the program: with --exclude-dev the tool leaves out analyzers.
"$tool/dotnet-CycloneDX" src/KHeadersFs/KHeadersFs.csproj --exclude-dev --disable-package-restore --no-serial-number \
  --base-intermediate-output-path "$PWD/$below/publish" --import-metadata-path "$work/metadata.xml" \
  --set-name kheadersfs --set-version "$version" --spec-version 1.6 --output-format Json --output "$work" --filename bom.json \
  >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  fail "CycloneDX failed: see above"
}
jq --arg now "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" '.metadata.timestamp = $now' "$work/bom.json" >"$work/sbom.json"
# What it was told must have arrived.
[ "$(jq '.metadata.component.components | length' "$work/sbom.json")" -eq "$(wc -l <<<"$list")" ] ||
  fail "CycloneDX has left out parts of the program"
install -D -m 644 "$work/sbom.json" "$1"
