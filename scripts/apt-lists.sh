# To be sourced: apt with this machine's sources but with lists of its own, for packages of any architecture that are to be
# downloaded and unpacked. Nothing of the system is changed, and dpkg need not know the architecture.
# shellcheck shell=bash

# apt_lists DIR ARCHITECTURE...: fetches the lists into DIR, which must exist; from then on apt_get and apt_cache use them.
# The first architecture is what a name without one means. apt_backports=1: what the release's backports have is taken from there.
# apt_suite=SUITE: of that suite of Debian (trixie, sid, ...) and nothing else; it may be older or newer than this system.
apt_lists() {
  local directory=$1 architecture release
  shift
  mkdir -p "$directory/state/lists/partial" "$directory/cache/archives/partial"
  # No package counts as installed.
  apt_options=(-q -o "APT::Architecture=$1" -o APT::Sandbox::User=root -o APT::Install-Recommends=false
    -o "Dir::State=$directory/state" -o Dir::State::status=/dev/null -o "Dir::Cache=$directory/cache")
  for architecture; do
    apt_options+=(-o "APT::Architectures::=$architecture")
  done
  if [ -n "${apt_backports-}" ]; then
    release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    { cat /etc/apt/sources.list 2>/dev/null; suite_source "$release-backports"; } >"$directory/sources.list"
    apt_options+=(-o "Dir::Etc::sourcelist=$directory/sources.list" -o "APT::Default-Release=$release-backports")
  elif [ -n "${apt_suite-}" ]; then
    suite_source "$apt_suite" >"$directory/sources.list"
    # A mirror that stands still has an old Release. Descriptions and pictures of programs are as large as the list.
    apt_options+=(-o "Dir::Etc::sourcelist=$directory/sources.list" -o Dir::Etc::sourceparts=/dev/null
      -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false)
  fi
  # One index that cannot be fetched is no reason to stop: what counts is whether the packages can be downloaded.
  apt_get update || true
}

apt_get() { apt-get "${apt_options[@]}" "$@"; }
apt_cache() { apt-cache "${apt_options[@]}" "$@"; }

# real_package PREFIX PACKAGE: what a package without content depends on; nothing where apt knows none
real_package() { { apt_cache depends "$2" || true; } | sed -n "s/.*Depends: <\?\($1[^>]*\)>\?$/\1/p" | head -n 1; }

# suite_source SUITE: the line of sources for it; Debian's other suites are where this system's own release is.
suite_source() {
  local release keys=/usr/share/keyrings/debian-archive-keyring.gpg
  release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # sid says that its release is the next one's, and its sources name it otherwise.
  # shellcheck disable=SC2016 # apt's own variables
  apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    awk -v release="$release" -v suite="$1" -v keys="$([ ! -e "$keys" ] || echo "[signed-by=$keys] ")" \
      '($2 == release || $2 ~ /^(sid|unstable|testing|stable)$/) && !done++ { print "deb " keys $1, suite, "main" }'
}

# mirror_options: how apt reaches the mirror here, and that it may stand still, as lines of a configuration
mirror_options() { apt-config dump | grep -E '^Acquire::(https?|Check-[^:]*|Retries)(::(Proxy|Timeout|CAInfo)[^ ]*)? "' || true; }
