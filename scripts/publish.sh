#!/usr/bin/env bash
# Publishes the program, one Native AOT binary, as out/kheadersfs.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/publish.sh [-h] [--check]
Publishes the Native AOT program as out/kheadersfs, or for another architecture as out/RID/kheadersfs. With --check only
checks, strictly, the one that is there: at most 5 MB, needs no library but libc's own.
  RID=...        linux-x64 or linux-arm64; default: this machine's
  FRAMEWORK=...  net10.0 or net9.0; default: net10.0 where its Native AOT pack can be restored, else net9.0
  CC=...         compiler that links; default: gcc, for another architecture Debian's cross-compiler
USAGE
}
check_only=
case ${1-} in
  '') ;;
  --check) check_only=1 ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac

fail() { echo "publish: $*" >&2; exit 1; }

# What the program needs besides libc: names as for the linker's -l. KHeadersFs.csproj lists them as DirectPInvoke.
libraries=(lzma zstd crypto)
packages=(liblzma-dev libzstd-dev libssl-dev)
max_bytes=5000000

case $(uname -m) in
  x86_64) host=linux-x64 ;;
  aarch64) host=linux-arm64 ;;
  *) host= ;;
esac
RID=${RID:-$host}
case $RID in
  linux-x64) triple=x86_64-linux-gnu debian=amd64 ;;
  linux-arm64) triple=aarch64-linux-gnu debian=arm64 ;;
  '') fail "no Native AOT for $(uname -m); set RID to linux-x64 or linux-arm64" ;;
  *) fail "RID=$RID: only linux-x64 and linux-arm64 are known here" ;;
esac
if [ "$RID" = "$host" ]; then
  program=out/kheadersfs
  work=out/publish
  cc=${CC:-gcc}
  prefix=
else
  program=out/$RID/kheadersfs
  work=out/$RID/publish
  cc=${CC:-$triple-gcc}
  prefix=$triple-
fi

# check_program FILE [REGEX]: the expression says which libraries it may need besides libc's own.
check_program() {
  local allowed='lib(c|m|dl|pthread|rt)\.so\.[0-9]+|ld-linux[-a-z0-9_]*\.so\.[0-9]+' needed foreign
  bytes=$(stat -c %s "$1")
  [ "$bytes" -le "$max_bytes" ] || fail "the program is $bytes bytes, more than $max_bytes"
  needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  foreign=$(grep -Evx "$allowed${2-}" <<<"$needed" || true)
  [ -z "$foreign" ] || fail "the program needs more than libc: ${foreign//$'\n'/ }"
}
if [ -n "$check_only" ]; then
  check_program "$program"
  exit
fi

command -v dotnet >/dev/null || fail "dotnet is missing: install the .NET 10 SDK"
natively=
if [ -n "$prefix" ]; then
  natively="; otherwise build on a machine of that architecture, with make alone"
  command -v "$cc" >/dev/null || fail "$RID: $cc is missing: run scripts/setup.sh $RID$natively"
  scripts/make-sysroot.sh "$debian" "out/$RID/sysroot" "${packages[@]}" ||
    fail "$RID: no libraries to link: see above$natively"
else
  command -v "$cc" >/dev/null || fail "$cc is missing: run scripts/setup.sh build"
fi

static='' shared=''
for library in "${libraries[@]}"; do
  # -print-file-name answers with the bare name when it finds nothing.
  path=out/$RID/sysroot/usr/lib/$triple/lib$library.a
  [ -n "$prefix" ] || path=$("$cc" -print-file-name="lib$library.a")
  if [ -f "$path" ]; then
    static+=${static:+|}$(readlink -f "$path")
  else
    echo "publish: no lib$library.a: linking the shared library, which the program will then need" >&2
    shared+=${shared:+|}$library
  fi
done
foreign=${shared:+"|lib($shared)\.so\.[0-9]+"}

options=(-p:RID="$RID" --artifacts-path "$work" -p:CppCompilerAndLinker="$cc" -p:ObjCopyName="${prefix}objcopy"
  -p:StaticLibraries="$static" -p:SharedLibraries="$shared")
log=$work/log
mkdir -p "$work"

restore() { dotnet restore src/KHeadersFs "${options[@]}" -p:KHeadersFsFramework="$1" >"$log" 2>&1; }
framework=${FRAMEWORK:-net10.0}
if ! restore "$framework"; then
  # Only a missing package is a reason to fall back; a registry that does not answer is an error.
  if [ -n "${FRAMEWORK-}" ] || ! grep -Eq 'NU110[0-3].*(NativeAOT|ILCompiler)' "$log"; then
    cat "$log" >&2
    fail "cannot restore the packages for $framework, $RID: see above$natively"
  fi
  framework=net9.0
  restore "$framework" || {
    cat "$log" >&2
    fail "cannot restore the packages for net10.0 nor net9.0, $RID: the registry lacks those that are named above$natively"
  }
fi

# Analyzers belong to the tests: a newer SDK with new rules must still build the program.
dotnet publish src/KHeadersFs -c Release --no-restore -p:RunAnalyzers=false "${options[@]}" \
  -p:KHeadersFsFramework="$framework" \
  -o "$work/program" >"$log" 2>&1 || { tail -n 40 "$log" >&2; fail "dotnet publish failed: see $log"; }
built=$work/program/kheadersfs

check_program "$built" "$foreign"

# A running program keeps the file that it was started from.
cp "$built" "$program.new"
mv "$program.new" "$program"
echo "kheadersfs: built for $RID with $framework Native AOT, $bytes bytes"
