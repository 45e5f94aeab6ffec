# shellcheck shell=bash disable=SC2034 # those who source it use the variables
# What all packages have in common. The scripts beside it source it, at the top of the repository.
#   RID=...                linux-x64 or linux-arm64; default: this machine's
#   RELEASE=...            number of the package among those of one version; default: 1
#   SOURCE_DATE_EPOCH=...  the time that all files get, in seconds since 1970; default: the newest date of src/CHANGELOG.md
#   OUTPUT=...             where packages go; default: out/packages/RID

fail() { echo "$(basename "$0" .sh): $*" >&2; exit 1; }

summary="mount a kernel's headers archive as a directory"
description="A kernel built with CONFIG_IKHEADERS carries its headers as an archive,
/sys/kernel/kheaders.tar.xz. kheadersfs mounts this archive read-only and
without unpacking it, so that clang, bcc and bpftrace find the headers of
the running kernel at /lib/modules/RELEASE/build."

case $(uname -m) in
  x86_64) host=linux-x64 ;;
  aarch64) host=linux-arm64 ;;
  *) host= ;;
esac
RID=${RID:-$host}
case $RID in
  linux-x64) debian=amd64 rpm_architecture=x86_64 triple=x86_64-linux-gnu ;;
  linux-arm64) debian=arm64 rpm_architecture=aarch64 triple=aarch64-linux-gnu ;;
  *) fail "RID=$RID: only linux-x64 and linux-arm64 are known here" ;;
esac
below=out
[ "$RID" = "$host" ] || below=out/$RID
program=$below/kheadersfs
[ -x "$program" ] || fail "no $program: run make RID=$RID"

version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' src/Directory.Build.props)
release=${RELEASE:-1}
newest=$(sed -n 's/^## \[[0-9.]*\] - \([-0-9]*\)$/\1/p' src/CHANGELOG.md | head -n 1)
[ -n "$newest" ] || fail "src/CHANGELOG.md: no version has a date"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date -u -d "$newest" +%s)}
export LC_ALL=C TZ=UTC
umask 022

output=${OUTPUT:-out/packages/$RID}
mkdir -p "$output"

# The oldest glibc that the program runs with; nothing for a static program.
oldest_glibc() { objdump -T "$program" 2>/dev/null | sed -n 's/.*(\?GLIBC_\(2\.[0-9.]*\)).*/\1/p' | sort -V | tail -n 1; }

# stage DIR: all that a package for /usr holds, below DIR, with the time of the release
stage() {
  make -s install RID="$RID" DESTDIR="$1" PREFIX=/usr SBINDIR=/usr/sbin
  scripts/packages/licences.sh "$1/usr/share/doc/kheadersfs/licences"
  set_times "$1"
}

set_times() { find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +; }

# pack DIR: a tar of it on standard output that depends on nothing but names, modes and contents
pack() { tar -C "$1" --sort=name --format=ustar --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -c "${@:2}"; }

# SPDX: of this program and all that is linked in.
licence_expression() {
  scripts/packages/linked.sh | cut -f 3 | sort -u | sed '/WITH/ s/.*/(&)/' | { printf MIT; grep -vx MIT | while read -r licence; do
    printf ' AND %s' "$licence"; done; }
}
