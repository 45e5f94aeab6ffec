# To be sourced: apt with this machine's sources but with lists of its own, for packages of any architecture that are to be
# downloaded and unpacked. Nothing of the system is changed, and dpkg need not know the architecture.
# shellcheck shell=bash

# apt_lists DIR ARCHITECTURE...: fetches the lists into DIR, which must exist; from then on apt_get and apt_cache use them.
# The first architecture is what a name without one means. apt_backports=1: what the release's backports have is taken from there.
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
    { cat /etc/apt/sources.list 2>/dev/null; backports_source "$release"; } >"$directory/sources.list"
    apt_options+=(-o "Dir::Etc::sourcelist=$directory/sources.list" -o "APT::Default-Release=$release-backports")
  fi
  # One index that cannot be fetched is no reason to stop: what counts is whether the packages can be downloaded.
  apt_get update || true
}

apt_get() { apt-get "${apt_options[@]}" "$@"; }
apt_cache() { apt-cache "${apt_options[@]}" "$@"; }

# The release's backports are where the release itself is.
backports_source() {
  # shellcheck disable=SC2016 # apt's own variables
  apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
    awk -v release="$1" '$2 == release && !done++ { print "deb", $1, release "-backports main" }'
}
