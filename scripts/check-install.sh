#!/usr/bin/env bash
# Checks make install and make uninstall, and the manual that they put in place.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/check-install.sh [-h] files|manual
  files   make install puts what it should where it should, twice, also where /dev has no stdin; make uninstall takes all of it away
  manual  the manual has no warnings and names every option
Both need what make builds.
USAGE
}
# shellcheck source=scripts/needs.sh
. scripts/needs.sh
fail() { echo "check-install: $*" >&2; exit 1; }

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# A line per file: mode, path, target of a link.
listing() { (cd "$1" && find . ! -type d -printf '%m %p %l\n' | LC_ALL=C sort -k 2); }

check_files() {
  local root=$temporary/root directory prefix=/opt/kh
  # Wherever root runs this with a strict umask, others must be able to use what is installed.
  umask 077
  make_quietly install
  listing "$root" >"$temporary/first"
  in_bare_dev make -s install DESTDIR="$root" PREFIX="$prefix"
  listing "$root" >"$temporary/second"
  diff "$temporary/first" "$temporary/second" || fail "the second make install has changed something"
  diff "$temporary/first" - <<EXPECTED || fail "make install has put in place what stands left, and should what stands right"
755 ./etc/init.d/kheadersfs 
755 ./opt/kh/bin/kheadersfs 
777 ./opt/kh/lib/systemd/system-generators/kheadersfs-generator ../../../bin/kheadersfs
644 ./opt/kh/lib/systemd/system/kheadersfs.service 
644 ./opt/kh/share/bash-completion/completions/kheadersfs 
644 ./opt/kh/share/doc/kheadersfs/CHANGELOG.md 
644 ./opt/kh/share/doc/kheadersfs/LICENSE 
644 ./opt/kh/share/fish/vendor_completions.d/kheadersfs.fish 
644 ./opt/kh/share/man/man8/kheadersfs.8 
777 ./opt/kh/share/man/man8/mount.fuse.kheadersfs.8 kheadersfs.8
777 ./opt/kh/share/man/man8/mount.kheadersfs.8 kheadersfs.8
644 ./opt/kh/share/zsh/site-functions/_kheadersfs 
777 ./sbin/mount.fuse.kheadersfs /opt/kh/bin/kheadersfs
777 ./sbin/mount.kheadersfs /opt/kh/bin/kheadersfs
EXPECTED
  directory=$(find "$root" -mindepth 1 -type d ! -perm 755)
  [ -z "$directory" ] || fail "not everybody may enter $directory"
  cmp out/kheadersfs "$root$prefix/bin/kheadersfs"
  grep -q "^ExecStart=$prefix/bin/kheadersfs " "$root$prefix/lib/systemd/system/kheadersfs.service" ||
    fail "the unit does not start what was installed"
  grep -q "^command=$prefix/bin/kheadersfs$" "$root/etc/init.d/kheadersfs" || fail "OpenRC's service does not start what was installed"

  make -s install DESTDIR="$temporary/other" PREFIX="$prefix"
  [ ! -e "$temporary/other/etc" ] || fail "make install without OPENRCDIR puts something in /etc"

  touch "$root/sbin/mount.other" "$root$prefix/bin/kheadersfs.old"
  make_quietly uninstall
  make_quietly uninstall
  rm "$root/sbin/mount.other" "$root$prefix/bin/kheadersfs.old"
  [ -z "$(listing "$root")" ] || fail "make uninstall has left: $(listing "$root")"
}
make_quietly() { make -s "$1" DESTDIR="$root" PREFIX="$prefix" OPENRCDIR=/etc/init.d; }

# in_bare_dev COMMAND...: where /dev holds null and nothing else, as in some build roots
in_bare_dev() {
  local namespace=(unshare --user --map-root-user --mount)
  if ! "${namespace[@]}" true 2>/dev/null; then
    echo "check-install: not tried without /dev/stdin: no user namespace can be made here"
    "$@"
    return
  fi
  mkdir "$temporary/dev"
  touch "$temporary/dev/null"
  # shellcheck disable=SC2016 # the shell inside has them
  "${namespace[@]}" sh -ec 'mount --bind /dev/null "$0/null"; mount --rbind "$0" /dev; [ ! -e /dev/stdin ]; exec "$@"' \
    "$temporary/dev" "$@" || fail "this fails where there is no /dev/stdin: $*"
}

check_manual() {
  local manual=out/kheadersfs.8 name kind
  needs mandoc groff
  mandoc -T lint -W warning "$manual"
  # What man(1) shows, in lines that break no option in two.
  groff -mdoc -Tutf8 -ww -rLL=1000n -P-cbou "$manual" >"$temporary/text" 2>"$temporary/warnings"
  [ ! -s "$temporary/warnings" ] || fail "$(cat "$temporary/warnings")"
  ! grep -n '@[A-Z]*@' "$temporary/text" || fail "the template has been filled in badly"
  # mount(8) says nothing of it.
  grep -q 'X-mount\.idmap=.*\<no\>.*idmapped' "$temporary/text" || fail "the manual does not say that X-mount.idmap makes no idmapped mount"
  while IFS=$'\t' read -r name kind _; do
    # groff 1.23 indents by two more.
    case $kind in
      command) grep -q "^${name^^}\$" "$temporary/text" && grep -q "^ .*kheadersfs $name " "$temporary/text" ;;
      ignored) grep -Eq "^ .*[ ,]${name//\*/\\*}[,.]" "$temporary/text" ;;
      *) grep -Eq "^ {5}( {2})?${name%%=*}(=| |\$)" "$temporary/text" ;;
    esac || fail "the manual does not know $name"
  done < <(out/kheadersfs --list-options)
}

case ${1-} in
  -h | --help) usage ;;
  files) check_files ;;
  manual) check_manual ;;
  *) usage >&2; exit 2 ;;
esac
