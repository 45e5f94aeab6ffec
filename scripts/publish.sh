#!/usr/bin/env bash
# Publishes the program, one Native AOT binary, as out/kheadersfs.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/publish.sh [-h] [--check]
Publishes the Native AOT program as out/kheadersfs, or for another architecture as out/RID/kheadersfs: one static file, unless
a library has no archive to link. With --check only checks, strictly, the one that is there: at most 5 MB, static, at an address
that is random, and without what a static program must not ask the C library for.
  RID=...        linux-x64 or linux-arm64; default: this machine's
  STATIC=no      link the C library, and whatever else has no archive, as shared libraries
  FRAMEWORK=...  net10.0 or net9.0; default: net10.0 where its Native AOT pack can be restored, else net9.0
  CC=...         compiler that links; default: gcc, for another architecture Debian's cross-compiler
Exit status 77: something that is needed cannot be had here.
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
lack() { echo "publish: $*" >&2; exit 77; }

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

# check_size FILE: sets bytes
check_size() {
  bytes=$(stat -c %s "$1")
  [ "$bytes" -le "$max_bytes" ] || fail "the program is $bytes bytes, more than $max_bytes"
}

# check_needed FILE REGEX: the expression says which libraries it may need besides libc's own.
check_needed() {
  local allowed='lib(c|m|dl|pthread|rt)\.so\.[0-9]+|ld-linux[-a-z0-9_]*\.so\.[0-9]+' foreign
  foreign=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -Evx "$allowed$2" || true)
  [ -z "$foreign" ] || fail "the program needs more than libc: ${foreign//$'\n'/ }"
}

# check_static FILE SYMBOLS: the second file holds the symbols of the first.
check_static() {
  # For names of users and hosts and for languages, a static C library loads modules of the one that is installed, if there is one,
  # and crashes when that is another version.
  local doors='_*(getpw|getgr(nam|gid|ent|ouplist)|initgroups|getaddrinfo|gethostby|getserv|nss_|iconv_open|newlocale|setlocale$).*'
  local headers found
  headers=$(readelf -hldW "$1")
  grep -q 'Type: *DYN' <<<"$headers" || fail "the program is not position-independent: its address would not be random"
  found=$(grep -E 'INTERP|NEEDED' <<<"$headers" || true)
  [ -z "$found" ] || fail "the program is not static: it has ${found//$'\n'/ }"
  [ "$(build_id "$1")" = "$(build_id "$2")" ] || fail "$2 are not the symbols of $1: build it"
  found=$(readelf -sW "$2" | awk '{ print $8 }' | grep -Ex "$doors" | sort -u || true)
  # glibc 2.39 and later have setlocale in one section with what others need. There is none as long as nobody calls it.
  if grep -qx setlocale <<<"$found" && ! is_called setlocale "$1" "$2"; then
    found=$(grep -vx setlocale <<<"$found" || true)
  fi
  [ -z "$found" ] || fail "a static program must do without ${found//$'\n'/ }"
}
# is_called FUNCTION FILE SYMBOLS: does any instruction of the file go there?
is_called() {
  local address
  address=$(readelf -sW "$3" | awk -v name="$1" '$8 == name { sub(/^0*/, "", $2); print $2; exit }')
  grep -qE "\s(call|jmp|bl?)\s+(0x)?$address( |\$)" < <("${prefix}objdump" -d --no-show-raw-insn "$2")
}
build_id() { readelf -n "$1" | sed -n 's/.*Build ID: //p'; }

if [ -n "$check_only" ]; then
  check_size "$program"
  check_static "$program" "$work/program/kheadersfs.dbg"
  exit
fi

command -v dotnet >/dev/null || lack "dotnet is missing: run scripts/setup.sh build"
natively=
if [ -n "$prefix" ]; then
  natively="; otherwise build on a machine of that architecture, with make alone"
  command -v "$cc" >/dev/null || lack "$RID: $cc is missing: run scripts/setup.sh $RID$natively"
  scripts/make-sysroot.sh "$debian" "out/$RID/sysroot" "${packages[@]}" ||
    lack "$RID: no libraries to link: see above$natively"
else
  command -v "$cc" >/dev/null || lack "$cc is missing: run scripts/setup.sh build"
fi

archives='' shared='' missing='' static=''
for library in "${libraries[@]}" c; do
  # -print-file-name answers with the bare name when it finds nothing. The cross-compiler brings its own C library.
  path=out/$RID/sysroot/usr/lib/$triple/lib$library.a
  [ -n "$prefix" ] && [ "$library" != c ] || path=$("$cc" -print-file-name="lib$library.a")
  if [ ! -f "$path" ]; then
    missing+=" lib$library.a"
    [ "$library" = c ] || shared+=${shared:+|}$library
  elif [ "$library" != c ]; then
    archives+=${archives:+|}$(readlink -f "$path")
  fi
done
options=(-p:RID="$RID" --artifacts-path "$work" -p:CppCompilerAndLinker="$cc" -p:ObjCopyName="${prefix}objcopy"
  -p:StaticLibraries="$archives" -p:SharedLibraries="$shared")
# What the compilers are told of where the sources are ends up in the program: two clones must build the same bytes.
options+=(-p:PathMap="$PWD=/_")
if [ -n "$missing" ]; then
  echo "publish: no$missing: linking shared libraries, which the program will then need" >&2
elif [ "${STATIC-}" != no ]; then
  # gcc -static-pie: the address stays random. ld 2.40 fails there if it is given a list of the symbols to export (elflink.c), which
  # only a library needs: so there is none.
  static=1
  options+=(-p:StaticExecutable=true -p:ExportsFile=)
fi
log=$work/log
mkdir -p "$work"

restore() { dotnet restore src/KHeadersFs "${options[@]}" -p:KHeadersFsFramework="$1" >"$log" 2>&1; }
framework=${FRAMEWORK:-net10.0}
if ! restore "$framework"; then
  # Only a missing package is a reason to fall back; a registry that does not answer is an error.
  if [ -n "${FRAMEWORK-}" ] || ! grep -Eq 'NU110[0-3].*(NativeAOT|ILCompiler)' "$log"; then
    cat "$log" >&2
    lack "cannot restore the packages for $framework, $RID: see above$natively"
  fi
  framework=net9.0
  restore "$framework" || {
    cat "$log" >&2
    lack "cannot restore the packages for net10.0 nor net9.0, $RID: the registry lacks those that are named above$natively"
  }
fi

# MSBuild does not see that the program has to be linked anew when only the way changes.
rm -f "$work"/bin/KHeadersFs/*/native/kheadersfs
# Analyzers belong to the tests: a newer SDK with new rules must still build the program.
dotnet publish src/KHeadersFs -c Release --no-restore -p:RunAnalyzers=false "${options[@]}" \
  -p:KHeadersFsFramework="$framework" \
  -o "$work/program" >"$log" 2>&1 || { tail -n 40 "$log" >&2; fail "dotnet publish failed: see $log"; }
built=$work/program/kheadersfs

check_size "$built"
if [ -n "$static" ]; then
  check_static "$built" "$built.dbg"
else
  check_needed "$built" "${shared:+"|lib($shared)\.so\.[0-9]+"}"
fi

# A running program keeps the file that it was started from.
cp "$built" "$program.new"
mv "$program.new" "$program"
echo "kheadersfs: built for $RID with $framework Native AOT, ${static:+static, }$bytes bytes"
