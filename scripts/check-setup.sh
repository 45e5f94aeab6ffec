#!/usr/bin/env bash
# Checks that scripts/setup.sh waits while another process installs, and says for whom; and what it does after an interrupted one. Nothing of the system is changed: apt and dpkg have
# a root and a package of their own (APT_CONFIG).
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/check-setup.sh [-h]
Runs check-setup-names.sh. Then holds each lock of apt and dpkg in turn, has setup.sh wait, and lets go; leaves dpkg interrupted, a package
half-configured, one without what it depends on, a part of a download, and kills apt-get and dpkg in the middle. Status 77: it cannot run here.
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
scripts/check-setup-names.sh
for program in apt-get dpkg-deb python3; do
  command -v "$program" >/dev/null || skip "$program is not installed"
done
[ "$(id -u)" -eq 0 ] || skip "setup.sh would ask for the password of sudo"

temporary=$(mktemp -d)
holder=
trap '[ -z "$holder" ] || kill "$holder"; rm -rf "$temporary"' EXIT
package=kheadersfs-check-setup
# Its installation waits, once, until it is told to go on.
slow=kheadersfs-check-setup-slow
dpkg=$temporary/root/var/lib/dpkg

# A repository of two packages, and a root to install them in.
mkdir -p "$temporary/repository" "$dpkg"/{info,updates} "$temporary"/{state,lists/partial,cache/archives/partial}
for name in "$package" "$slow"; do
  mkdir -p "$temporary/$name/DEBIAN"
  printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: for a check\n' "$name" \
    >"$temporary/$name/DEBIAN/control"
done
mkfifo "$temporary/gate"
# Runs below dpkg: $PPID is dpkg.
cat >"$temporary/$slow/DEBIAN/postinst" <<POSTINST
#!/bin/sh
[ -e "$temporary/waits" ] || exit 0
echo "begun \$PPID \$\$" >"$temporary/begun"
read -r answer <"$temporary/gate"
POSTINST
chmod 755 "$temporary/$slow/DEBIAN/postinst"
for name in "$package" "$slow"; do
  dpkg-deb --build "$temporary/$name" "$temporary/repository/$name.deb" >/dev/null
  cat "$temporary/$name/DEBIAN/control"
  echo "Filename: ./$name.deb"
  echo "Size: $(stat -c %s "$temporary/repository/$name.deb")"
  echo "SHA256: $(sha256sum "$temporary/repository/$name.deb" | cut -d ' ' -f 1)"
  echo
done >"$temporary/repository/Packages"
# copy: as a download, by way of partial/.
echo "deb [trusted=yes] copy:$temporary/repository ./" >"$temporary/sources.list"
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
DPkg::Options { "--root=$temporary/root"; "--force-not-root"; "--force-script-chrootless"; "--log=/dev/null"; };
DPkg::Use-Pty "false";
CONFIGURATION
export APT_CONFIG=$temporary/apt.conf

# installed [NAME]
installed() { sed -n "/^Package: ${1:-$package}\$/,/^\$/p" "$dpkg/status" | grep -q '^Status: install ok installed'; }
reset() { : >"$dpkg/status"; rm -rf "$dpkg"/{info,updates}/* "$temporary/cache/archives"/{,partial/}*.deb; }
# status NAME STATE [FIELD]: as an interrupted installation leaves it
status() { printf 'Package: %s\nStatus: install ok %s\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: for a check\n%s\n' "$1" "$2" "${3:+$3$'\n'}" >>"$dpkg/status"; }
# said TEXT: is all that it has said besides what it installs
said() { [ "$(grep -v '^setup: installing' "$temporary/output")" = "$1" ] || fail "not '$1': $(cat "$temporary/output")"; }

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

interrupted='setup: dpkg was interrupted and has to finish first: dpkg --configure -a'
touch "$dpkg/updates/0001"
! scripts/setup.sh "$package" >"$temporary/output" 2>&1 || fail "an interrupted dpkg was not noticed"
said "$interrupted"

# dpkg and apt-get killed while a package is configured.
reset
touch "$temporary/waits"
: >"$temporary/begun"
scripts/setup.sh "$slow" >"$temporary/output" 2>&1 &
setup=$!
until_has begun "$temporary/begun"
read -r _ killed script <"$temporary/begun"
parent=$(ps -o ppid= -p "$killed" | tr -d ' ')
[ "$(ps -o comm= -p "$parent")" = apt-get ] || fail "dpkg is not apt-get's: $(ps -o comm= -p "$parent")"
kill -KILL "$parent" "$killed" "$script"
! wait "$setup" || fail "setup.sh succeeded although apt-get was killed"
until_has "^setup: could not install $slow" "$temporary/output"
rm "$temporary/waits"
! installed "$slow" || fail "it counts as installed"
[ -n "$(ls "$dpkg/updates")" ] || fail "dpkg has left nothing behind"
! scripts/setup.sh "$slow" >"$temporary/output" 2>&1 || fail "a killed dpkg was not noticed"
said "$interrupted"
dpkg --root="$temporary/root" --force-not-root --force-script-chrootless --log=/dev/null --configure -a >/dev/null
scripts/setup.sh "$slow" >"$temporary/output" 2>&1 || fail "after dpkg --configure -a: $(cat "$temporary/output")"
installed "$slow" || fail "$slow is not installed after dpkg --configure -a"

# Half-configured ones: apt finishes those itself, that which is asked for and another one.
for name in "$package" another; do
  reset
  status "$name" half-configured
  touch "$dpkg/info/$name.list"
  scripts/setup.sh "$package" >"$temporary/output" 2>&1 || fail "$name half-configured: $(cat "$temporary/output")"
  installed "$name" || fail "$name is still half-configured"
  installed || fail "$name half-configured: $package was not installed"
done

# One of which a dependency is missing: only apt-get --fix-broken can tell what to do.
reset
status another installed 'Depends: nonesuch'
touch "$dpkg/info/another.list"
! scripts/setup.sh "$package" >"$temporary/output" 2>&1 || fail "an unmet dependency was not noticed"
said 'setup: an earlier installation was not finished: apt-get --fix-broken install'

# A download that ended in the middle, one of which only a part was kept, and one with other bytes.
for bytes in 0 100 9999; do
  for place in "" partial/; do
    reset
    head -c "$bytes" /dev/zero >"$temporary/cache/archives/$place${package}_1_all.deb"
    scripts/setup.sh "$package" >"$temporary/output" 2>&1 || fail "$bytes bytes in archives/$place: $(cat "$temporary/output")"
    installed || fail "$bytes bytes in archives/$place: not installed"
  done
done
echo "setup.sh waits for four locks, gives up, and says or mends what an interrupted installation needs"
