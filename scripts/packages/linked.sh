#!/usr/bin/env bash
# Lists what is linked into the program, for its licences and its bill of materials.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/packages/linked.sh [-h]
Prints a line for each library whose code is in the program of RID, with tabs between: name, version, licence (SPDX),
what it was taken from (a package URL), and the files with its licence, separated by spaces.
Which ones are there is read from the symbols of the build, not from what was asked for.
USAGE
}
case ${1-} in
  '') ;;
  *) usage; [[ $1 = -h || $1 = --help ]] || exit 2; exit ;;
esac
# shellcheck source=scripts/packages/common.sh
source scripts/packages/common.sh

symbols=$below/publish/program/kheadersfs.dbg
[ -f "$symbols" ] || fail "no $symbols: run make RID=$RID"
names=$(nm "$symbols" | awk '$2 ~ /[TtWVi]/ { print $3 }' | sort -u)
has() { grep -qx "$1" <<<"$names"; }
# Of the compiler that publish.sh links with.
gcc_major() { if [ "$RID" = "$host" ]; then gcc -dumpversion; else "$triple-gcc" -dumpversion; fi; }

# debian NAME LICENCE PACKAGE...: the first of these packages that is there: among the libraries of another architecture, or installed
debian() {
  local name=$1 licence=$2 deb source found folder used
  for deb in "${@:3}"; do
    folder=out/$RID/sysroot/usr/share/doc/$deb
    if [ "$RID" != "$host" ] && [ -f "$folder/changelog.Debian.gz" ]; then
      # "xz-utils (5.4.1-1) unstable; urgency=medium"
      read -r source found _ < <(gzip -dc "$folder/changelog.Debian.gz" 2>/dev/null | head -n 1)
      found=${found//[()]/}
    else
      folder=/usr/share/doc/$deb
      # shellcheck disable=SC2016 # dpkg-query's own variables
      read -r source found < <(dpkg-query -W -f '${source:Package} ${source:Version}\n' "$deb" 2>/dev/null) || continue
    fi
    if [[ $deb == *-cross ]]; then
      # Made of another source, whose version its own begins with: "2.36-8cross1, linux (= 6.1.4-1), glibc (= 2.36-8)".
      # shellcheck disable=SC2016 # dpkg-query's own variables
      used=$(dpkg-query -W -f '${Version}, ${Built-Using}' "$deb")
      found=${used%%cross*}
      source=$(awk -v RS=', *' -v version="$found)" '$3 == version { print $1; exit }' <<<"$used")
      [ -n "$source" ] || fail "$deb does not say of which source it was built: $used"
    fi
    package "$name" "$found" "$licence" "pkg:deb/debian/$source@${found//+/%2B}?arch=source" "$folder/copyright"
    return
  done
  fail "$name is linked in, and its version and licence are unknown: none of these packages is installed: ${*:3}"
}
# package NAME VERSION LICENCE URL FILE...
package() {
  local file
  for file in "${@:5}"; do
    [ -f "$file" ] || fail "$1: its licence $file is missing"
  done
  printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "${*:5}"
}

# The static libraries are in a pack of their own since .NET 10, before in that of the compiler.
dotnet() {
  local assets=$below/publish/obj/KHeadersFs/project.assets.json pack version folder
  for pack in "Microsoft.NETCore.App.Runtime.NativeAOT.$RID" "runtime.$RID.Microsoft.DotNet.ILCompiler" ''; do
    [ -n "$pack" ] || fail ".NET: no pack of static libraries in $assets"
    # "[10.0.12, 10.0.12]"
    version=$(jq -r --arg pack "$pack" \
      '.project.frameworks[].downloadDependencies[] | select(.name == $pack) | .version | ltrimstr("[") | split(",")[0]' "$assets")
    [ -z "$version" ] || break
  done
  folder=${NUGET_PACKAGES:-$HOME/.nuget/packages}/${pack,,}/$version
  package dotnet-runtime "$version" MIT "pkg:nuget/$pack@$version" "$folder/LICENSE.TXT" "$folder/THIRD-PARTY-NOTICES.TXT"
  # Part of the runtime: its licence stands in the notices.
  ! has 'inflate\|zng_inflate' || package zlib-ng "$version" Zlib "pkg:nuget/$pack@$version"
}

# A static program has libc and its compiler's library in it.
cross=()
[ "$RID" = "$host" ] || cross=("-$debian-cross")
! has lzma_code || debian liblzma 0BSD liblzma-dev
! has ZSTD_decompressDCtx || debian zstd BSD-3-Clause libzstd-dev
! has sha256_block_data_order || debian OpenSSL Apache-2.0 libssl-dev
if [ -z "$(oldest_glibc)" ]; then
  debian glibc LGPL-2.1-or-later "libc6-dev${cross[*]}"
  debian libgcc 'GPL-3.0-or-later WITH GCC-exception-3.1' "libgcc-$(gcc_major)-dev${cross[*]}"
fi
dotnet
