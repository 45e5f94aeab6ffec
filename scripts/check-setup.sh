#!/usr/bin/env bash
# Checks that scripts/setup.sh waits while another process installs, and says for whom. Nothing of the system is changed: apt and dpkg have
# a root and a package of their own (APT_CONFIG).
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/check-setup.sh [-h]
Holds each lock of apt and dpkg in turn, has setup.sh wait, and lets go; then leaves dpkg interrupted. Status 77: it cannot run here.
USAGE
}
case ${1-} in
  '') ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac
# shellcheck source=scripts/limits.sh
source scripts/limits.sh
skip() { echo "$*"; exit 77; }
fail() { echo "check-setup: $*" >&2; exit 1; }
for program in apt-get dpkg-deb python3; do
  command -v "$program" >/dev/null || skip "$program is not installed"
done
[ "$(id -u)" -eq 0 ] || skip "setup.sh would ask for the password of sudo"

temporary=$(mktemp -d)
holder=
trap '[ -z "$holder" ] || kill "$holder"; rm -rf "$temporary"' EXIT
package=kheadersfs-check-setup
dpkg=$temporary/root/var/lib/dpkg

# A repository of one package, and a root to install it in.
mkdir -p "$temporary/package/DEBIAN" "$temporary/repository" "$dpkg"/{info,updates} "$temporary"/{state,lists/partial,cache/archives/partial}
printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: for a check\n' "$package" \
  >"$temporary/package/DEBIAN/control"
dpkg-deb --build "$temporary/package" "$temporary/repository/$package.deb" >/dev/null
{
  cat "$temporary/package/DEBIAN/control"
  echo "Filename: ./$package.deb"
  echo "Size: $(stat -c %s "$temporary/repository/$package.deb")"
  echo "SHA256: $(sha256sum "$temporary/repository/$package.deb" | cut -d ' ' -f 1)"
} >"$temporary/repository/Packages"
echo "deb [trusted=yes] file:$temporary/repository ./" >"$temporary/sources.list"
touch "$dpkg/status" "$dpkg/available"
cat >"$temporary/apt.conf" <<CONFIGURATION
Dir::Etc::Parts "/dev/null";
Dir::Etc::Main "/dev/null";
Dir::Etc::SourceList "$temporary/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "$temporary/state";
Dir::State::Lists "$temporary/lists";
Dir::State::status "$dpkg/status";
Dir::Cache "$temporary/cache";
Dir::Log "$temporary/state";
APT::Sandbox::User "root";
DPkg::Options { "--root=$temporary/root"; "--force-not-root"; "--log=/dev/null"; };
CONFIGURATION
export APT_CONFIG=$temporary/apt.conf

installed() { grep -q '^Status: install ok installed' "$dpkg/status"; }
reset() { : >"$dpkg/status"; rm -f "$dpkg"/info/"$package".*; }

# hold FILE: by fcntl(2), as apt and dpkg do; sets holder
hold() {
  : >"$temporary/held"
  python3 -c 'import fcntl, signal, sys
file = open(sys.argv[1], "w")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
signal.pause()' "$1" >"$temporary/held" &
  holder=$!
  until_has held "$temporary/held"
}

let_go() {
  kill "$holder"
  wait "$holder" 2>/dev/null || true
  holder=
}

# until_has TEXT FILE: waits until the file has it
until_has() {
  local end=$((SECONDS + $(limit 2)))
  until grep -q "$1" "$2"; do
    [ "$SECONDS" -lt "$end" ] || fail "waited in vain for '$1' in: $(cat "$2")"
    sleep 0.1
  done
}

for lock in "$dpkg/lock-frontend" "$dpkg/lock" "$temporary/lists/lock" "$temporary/cache/archives/lock"; do
  reset
  hold "$lock"
  : >"$temporary/output"
  SETUP_SECONDS=60 scripts/setup.sh "$package" >"$temporary/output" 2>&1 &
  setup=$!
  until_has "^setup: waiting for $lock.*process $holder" "$temporary/output"
  ! installed || fail "$lock: it was installed in spite of the lock"
  let_go
  wait "$setup" || fail "$lock: $(cat "$temporary/output")"
  installed || fail "$lock: nothing was installed: $(cat "$temporary/output")"
  [ "$(grep -c waiting "$temporary/output")" -eq 1 ] || fail "$lock: it is said more than once: $(cat "$temporary/output")"
done

reset
hold "$dpkg/lock-frontend"
! SETUP_SECONDS=1 scripts/setup.sh "$package" >"$temporary/output" 2>&1 || fail "the lock was not waited for"
until_has "^setup: waited 1 seconds in vain for .*held by process $holder" "$temporary/output"
let_go

touch "$dpkg/updates/0001"
! scripts/setup.sh "$package" >"$temporary/output" 2>&1 || fail "an interrupted dpkg was not noticed"
said=$(grep -v '^setup: installing' "$temporary/output")
[[ $said == 'setup: '*'dpkg --configure -a' && $said != *$'\n'* ]] || fail "$(cat "$temporary/output")"
echo "setup.sh waits for four locks, gives up, and says what an interrupted dpkg needs"
