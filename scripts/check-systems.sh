#!/usr/bin/env bash
# Runs make demo and make test of this checkout in bare roots of Debian's suites. The last line counts them.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/apt-lists.sh
. scripts/apt-lists.sh
# shellcheck source=scripts/contain.sh
. scripts/contain.sh

usage() {
  cat <<'USAGE'
usage: scripts/check-systems.sh [-h] [--only demo|test] bookworm|trixie|sid|all...
Makes a root of each suite with mmdebstrap, with git, make and ca-certificates, from the mirror that this machine's apt has. Clones HEAD
in there (what is not committed is not tested), and runs make demo, scripts/publish.sh --check and make test, in namespaces of their own.
Debian has no .NET SDK: this machine's is shown in the root, with its NuGet configuration, its certificates and its proxies.
Needs root, git, mmdebstrap, dotnet and 8 GB below TMPDIR. The output is in out/systems/SUITE-*.log. The roots do not stay.
  --only demo|test  only make demo with the check of its program, or only make test
Status 77: it cannot run here.
USAGE
}
skip() { echo "check-systems: $*"; exit 77; }
logs=$PWD/out/systems

# The variables by which programs here reach the network and the registry.
passed_on() { compgen -e | grep -Ei '^(https?_proxy|no_proxy|all_proxy|NUGET_.*|DOTNET_.*)$' | while read -r name; do echo "$name=${!name}"; done; }

# in_root COMMAND...: runs it in the clone, as on a system on which nothing was set
in_root() {
  local environment
  mapfile -t environment < <(passed_on)
  # Not chroot: in there no user namespace can be made, nor a mount namespace from a directory that is no mount point.
  # shellcheck disable=SC2016 # the shell inside has them
  unshare --mount sh -c 'cd "$1" && shift && pivot_root . . && umount -l . && exec "$@"' sh "$root" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 SSL_CERT_FILE=/etc/ssl/machine.crt "${environment[@]}" \
    sh -c 'cd /root/kheadersfs && exec "$@"' sh "$@" </dev/null
}

# make_root SUITE: sets nothing, makes $root
make_root() {
  local sdk certificates=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
  suite_source "$1" >"$temporary/sources.list"
  [ -s "$temporary/sources.list" ] || { echo "apt has no Debian mirror here"; return 1; }
  mirror_options >"$temporary/apt.conf"
  mmdebstrap --quiet --mode=root --variant=minbase --include=git,make,ca-certificates --dpkgopt=force-unsafe-io \
    --aptopt="$temporary/apt.conf" --aptopt='Acquire::Languages "none"' "$1" "$root" "$temporary/sources.list" || return
  mount --bind "$root" "$root"
  sdk=$(dirname "$(readlink -f "$(command -v dotnet)")")
  mkdir -p "$root/usr/share/dotnet" "$root/root/.nuget/NuGet"
  mount --bind -o ro "$sdk" "$root/usr/share/dotnet"
  ln -s ../share/dotnet/dotnet "$root/usr/bin/dotnet"
  cp "$certificates" "$root/etc/ssl/machine.crt"
  echo 'Acquire::https::CAInfo "/etc/ssl/machine.crt";' >"$root/etc/apt/apt.conf.d/90machine"
  [ ! -e ~/.nuget/NuGet/NuGet.Config ] || cp ~/.nuget/NuGet/NuGet.Config "$root/root/.nuget/NuGet/"
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  # Not of the files that are changed here.
  git clone --quiet --no-hardlinks "file://$PWD" "$root/root/kheadersfs"
}

# attempt SUITE NAME COMMAND...: runs it in the root, and says in one line how it ended
attempt() {
  local suite=$1 name=$2 log=$logs/$1-${2// /-}.log start=$SECONDS status=0 counts
  shift 2
  in_root "$@" >"$log" 2>&1 || status=$?
  counts=$(grep -E '^[0-9]+ passed, ' "$log" | tail -n 1 || true)
  # Which checks could not run is part of the answer: the same ones have to be skipped on each.
  grep '^skipped ' "$log" || true
  if [ "$status" -eq 0 ]; then
    echo "ok      $suite: $name, $((SECONDS - start)) s${counts:+: $counts}"
  else
    grep '^FAILED ' "$log" || tail -n 20 "$log"
    echo "FAILED  $suite: $name, status $status, $((SECONDS - start)) s${counts:+: $counts}"
  fi
}

if [ "${1-}" = inside ]; then
  suite=$2 only=$3 temporary=$4 root=$4/root
  make_root "$suite" >"$logs/$suite-root.log" 2>&1 || { tail -n 20 "$logs/$suite-root.log"; echo "FAILED  $suite: no root could be made"; exit; }
  if [ "$only" != test ]; then
    attempt "$suite" "make demo" make demo
    attempt "$suite" "program is static" scripts/publish.sh --check
    in_root scripts/demo.sh --unmount || true
  fi
  [ "$only" = demo ] || attempt "$suite" "make test" make test
  exit
fi

only=all
suites=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit ;;
    --only) only=${2-}; [ "$only" = demo ] || [ "$only" = test ] || { usage >&2; exit 2; }; shift ;;
    bookworm | trixie | sid) suites+=("$1") ;;
    all) suites+=(bookworm trixie sid) ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
[ ${#suites[@]} -gt 0 ] || { usage >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || skip "needs root, to make roots and to mount in them"
for program in git mmdebstrap dotnet apt-get; do
  command -v "$program" >/dev/null || skip "$program is not installed"
done
(exec 3<>/dev/fuse) 2>/dev/null || skip "cannot open /dev/fuse"

mkdir -p "$logs"
results=$(mktemp)
for suite in "${suites[@]}"; do
  (contain "$suite" "$only") | tee -a "$results" || echo "FAILED  $suite: ended with status $?" | tee -a "$results"
done
failed=$(grep -cE '^FAILED  (bookworm|trixie|sid): ' "$results" || true)
passed=$(grep -cE '^ok      (bookworm|trixie|sid): ' "$results" || true)
skipped=$(grep -c '^skipped ' "$results" || true)
rm "$results"
# The skipped ones are checks of make test, named above.
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
