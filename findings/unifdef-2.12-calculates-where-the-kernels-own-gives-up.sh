#!/usr/bin/env bash
# unifdef 2.12 evaluates "+" in an #if, and drops the branch; unifdef 2.10 and the kernel's own scripts/unifdef, with which "make headers_install" makes the
# headers of programs, give such a line up and keep it. One would expect the same text from a tool and the copy of it in the kernel of the same day:
# whoever checks or makes UAPI headers with the distribution's unifdef gets others than the kernel's build.
# Seen on 2026-12-01 with Debian's unifdef 2.10-1.1 (bookworm), 2.12-1 (trixie), and scripts/unifdef of linux-kbuild-6.12.117+deb13 6.12.117-1 (trixie).
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/apt-lists.sh
. scripts/apt-lists.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fetch SUITE PACKAGE...: unpacks them into $work/SUITE
fetch() {
  mkdir "$work/$1-apt" "$work/$1" "$work/$1-debs"
  apt_suite=$1 apt_lists "$work/$1-apt" amd64 >/dev/null 2>&1
  (cd "$work/$1-debs" && apt_get download "${@:2}" >/dev/null 2>&1) || { echo "the mirror has no ${*:2}" >&2; exit 77; }
  for package in "$work/$1-debs"/*.deb; do
    dpkg-deb -x "$package" "$work/$1"
    dpkg-deb -f "$package" Package Version | xargs
  done
}
fetch bookworm unifdef=2.10-1.1
fetch trixie unifdef=2.12-1 linux-kbuild-6.12.117+deb13=6.12.117-1

cat >"$work/header.h" <<'END'
#if defined(__EXPORTED_HEADERS__) + 0 > 1
int dropped;
#endif
int kept;
END
# lines PROGRAM: how many it keeps of the header, as headers_install.sh calls it
lines() { "$1" -U__KERNEL__ -D__EXPORTED_HEADERS__ "$work/header.h" | wc -l; }
kernels=$(find "$work/trixie" -path '*/scripts/unifdef' -type f | head -n 1)
seen="$(lines "$work/bookworm/usr/bin/unifdef") $(lines "$work/trixie/usr/bin/unifdef") $(lines "$kernels")"
echo "lines that are left of 4: unifdef 2.10, 2.12, the kernel's own: $seen"
[ "$seen" = "4 1 4" ] || { echo "this has changed" >&2; exit 1; }
