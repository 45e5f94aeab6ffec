#!/usr/bin/env bash
# Runs every check and every test suite. The last line counts them: "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'EOF'
usage: scripts/test.sh [-h]
Sets up, builds, makes the archives that the tests read, runs all checks and test suites.
  SUITE_SECONDS=...  a suite that runs longer has failed; default: 1500
EOF
}
case ${1-} in
  '') ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac

passed=0 failed=0 skipped=0
logs=out/test
mkdir -p "$logs"

finish() {
  wait # for what was begun, if this is an early end
  echo "$passed passed, $failed failed, $skipped skipped" | tee "$logs/summary"
  [ "$failed" -eq 0 ]
  exit
}

# begin NAME COMMAND...: starts what "check NAME" waits for: most checks use one processor of several
declare -A begun=()
begin() {
  local name=$1
  shift
  "$@" >"$logs/${name// /-}.log" 2>&1 &
  begun[$name]=$!
}

# check NAME COMMAND...: counts as one test; its output is shown when it fails. Status 77 means that it cannot run here.
check() {
  local name=$1 log=$logs/${1// /-}.log status=0
  shift
  if [ -n "${begun[$name]-}" ]; then
    wait "${begun[$name]}" || status=$?
  else
    "$@" >"$log" 2>&1 || status=$?
  fi
  if [ "$status" -eq 0 ]; then
    echo "ok      $name"
    passed=$((passed + 1))
  elif [ "$status" -eq 77 ]; then
    echo "skipped $name: $(tail -n 1 "$log")"
    skipped=$((skipped + 1))
  else
    cat "$log"
    echo "FAILED  $name"
    failed=$((failed + 1))
    return 1
  fi
}

# field NAME LINE: the number after "NAME: ", 0 when there is none
field() {
  local number
  number=$(sed -n "s/.*[ ,]$1: \([0-9]*\).*/\1/p" <<<"$2")
  echo "${number:-0}"
}

fail_suite() {
  echo "FAILED  $1"
  failed=$((failed + 1))
}

# shellcheck disable=SC2317 # begin calls it
run_suite() { timeout -k 10 "${SUITE_SECONDS:-1500}" "tests/$1/bin/Release/net10.0/$1" -noColor -noLogo; }

# suite NAME: each of its tests counts; it may have been begun
suite() {
  local name log=$logs/$1.log status=0 summary total bad skips
  name=$1
  [ -n "${begun[$name]-}" ] || begin "$name" run_suite "$name"
  wait "${begun[$name]}" || status=$?
  summary=$(grep -E ' Total: [0-9]+' "$log" | tail -n 1 || true)
  total=$(($(field Total "$summary") - $(field 'Not Run' "$summary")))
  skips=$(field Skipped "$summary")
  bad=$(($(field Failed "$summary") + $(field Errors "$summary")))
  if [ "$status" -ne 0 ]; then
    cat "$log"
  else
    grep -A 1 -F '[SKIP]' "$log" || true
  fi
  passed=$((passed + total - skips - $(field Failed "$summary")))
  failed=$((failed + bad))
  skipped=$((skipped + skips))

  if [ "$status" -eq 124 ] || [ "$status" -eq 137 ]; then
    fail_suite "$name: ran out of its ${SUITE_SECONDS:-1500} seconds"
  elif [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
    fail_suite "$name: ended with status $status"
  elif [ "$total" -eq 0 ]; then
    fail_suite "$name: no test ran"
  elif [ "$name" = KHeadersFs.Mount.Tests ] && [ "$skips" -eq "$total" ] && (exec 3<>/dev/fuse) 2>/dev/null; then
    fail_suite "$name: all were skipped, and /dev/fuse can be opened"
  elif [ "$bad" -eq 0 ]; then
    echo "ok      $name: $((total - skips)) passed, $skips skipped"
  else
    echo "FAILED  $name: $bad of $total"
  fi
}

# shellcheck disable=SC2317 # check calls it
prepare_archives() {
  local arm64
  make -s out/archives/kheaders.tar.xz
  make -s out/archives/arm64.tar.xz &
  arm64=$!
  scripts/make-variants.sh out/archives/kheaders.tar.xz out/archives
  wait "$arm64"
}

# shellcheck disable=SC2317 # begin calls it
build_arm64() {
  if [ "$(uname -m)" = aarch64 ]; then
    echo "it is the program of this machine"
    return 77
  fi
  make -q RID=linux-arm64 out/linux-arm64/kheadersfs || RID=linux-arm64 scripts/publish.sh
}

export KHEADERSFS_PROGRAM=$PWD/out/kheadersfs KHEADERSFS_ARCHIVES=$PWD/out/archives
check "setup" "${SETUP:-scripts/setup.sh}" build test headers archives packages containers || finish
begin "archives are made" prepare_archives
# Of Debian's mirror; what was made before is taken again.
begin "archives of newer kernels are made" make -s out/archives/{trixie,sid}-{amd64,arm64}.tar.xz
check "program is built" make -s out/kheadersfs || finish
check "program is small, static and loads no module" scripts/publish.sh --check || true
begin "program for arm64 is built" build_arm64
check "solution builds without warnings" dotnet build KHeadersFs.sln -c Release --nologo || finish
# Style is the build's (EnforceCodeStyleInBuild).
check "code is formatted" dotnet format whitespace KHeadersFs.sln --verify-no-changes --no-restore || true
if command -v shellcheck >/dev/null; then
  begin "scripts pass shellcheck" shellcheck scripts/*.sh scripts/bench/*.sh scripts/packages/*.sh scripts/vm/*.sh scripts/clients/*.sh .ci/run \
    src/KHeadersFs/Completions/*.bash src/KHeadersFs/OpenRC/kheadersfs
else
  echo "skipped scripts pass shellcheck: shellcheck is not installed"
  skipped=$((skipped + 1))
fi

check "documents lead to what is there" scripts/check-documents.sh || true
check "the README says where each of its commands is run" scripts/check-readme.sh blocks || true

# Beside checks that wait for others, the archives first of all.
begin "made archives, stores, requests and headers are taken or refused" timeout -k 10 300 \
  tests/fuzz/bin/Release/net10.0/KHeadersFs.Fuzz --seconds 25
begin "setup waits for what installs something else" timeout -k 10 120 scripts/check-setup.sh
check "program for arm64 is built" || true
# AbiTests read the headers that it was built with.
begin KHeadersFs.Fuse.Tests run_suite KHeadersFs.Fuse.Tests
check "setup waits for what installs something else" || true
[ -z "${begun[scripts pass shellcheck]-}" ] || check "scripts pass shellcheck" || true
if check "manual is made" make -s man; then
  check "packages are built" make -s SETUP=true packages && packages=built
fi
check "archives are made" || finish
check "archives of newer kernels are made" || true

# It mounts nothing and measures nothing.
begin KHeadersFs.Archive.Tests run_suite KHeadersFs.Archive.Tests
if [ -e out/kheadersfs.8 ]; then
  if [ "${packages-}" = built ]; then
    # Beside checks that wait for others most of the time.
    begin "podman runs the image as the manifest says" timeout -k 10 240 scripts/check-containers.sh run
    begin "a second build in another folder gives the same bytes" scripts/check-reproducible.sh
    begin "the README leads a newcomer through a fresh Debian" timeout -k 10 400 scripts/check-readme.sh debian
    check "packages hold the same program, its licences, and no error that lintian finds" scripts/check-packages.sh lint || true
    check "packages are installed, upgraded while mounted, and removed" timeout -k 10 400 scripts/check-packages.sh run || true
    check "container image mounts by itself" timeout -k 10 120 scripts/check-packages.sh image || true
    check "podman of an ordinary user mounts release:R" timeout -k 10 120 scripts/check-containers.sh rootless || true
    check "podman runs the image as the manifest says" || true
    check "the README leads a newcomer through a fresh Debian" || true
    check "the README leads a newcomer through a root of busybox" timeout -k 10 200 scripts/check-readme.sh other || true
    check "the README's commands work here" timeout -k 10 200 scripts/check-readme.sh host || true
  fi
  check "kubectl knows the manifests" scripts/check-containers.sh manifests || true
  check "manual has no warnings and knows every option" scripts/check-install.sh manual || true
  check "install puts all in place and uninstall takes it away" scripts/check-install.sh files || true
  check "systemd accepts the unit" scripts/check-systemd.sh unit || true
  check "systemd accepts the generator's units" scripts/check-generator.sh unit || true
  check "the service is hardened" scripts/check-systemd.sh security || true
  check "fstab lines wait for no device" scripts/check-systemd.sh fstab || true
  # Beside one that waits for others as they do.
  begin "views are what the kernel's build makes: installed" timeout -k 10 240 scripts/check-uapi.sh installed
  begin "headers are armed, mounted at the first look, and gone without use" timeout -k 10 120 scripts/check-generator.sh run
  for init in openrc busybox autofs; do
    begin "$init mounts, replaces a killed server, and unmounts" timeout -k 10 120 scripts/check-inits.sh "$init"
  done
  check "systemd runs, revives and stops the service" timeout -k 10 120 scripts/check-systemd.sh run || true
  for init in openrc busybox autofs; do
    check "$init mounts, replaces a killed server, and unmounts" || true
  done
  check "headers are armed, mounted at the first look, and gone without use" || true
fi
# Most of it waits for the disk, whose cache it drops.
begin "many use one mount while caches are dropped and others are killed" env READERS=8 scripts/soak.sh use 30
for part in programs kbuild installed; do
  check "views are what the kernel's build makes: $part" timeout -k 10 240 scripts/check-uapi.sh "$part" || true
done
check "many use one mount while caches are dropped and others are killed" || true
check "the picture of a terminal shows what happens" timeout -k 10 240 scripts/make-session.sh --check || true
check "made archives, stores, requests and headers are taken or refused" || true
check "completion offers the options of the program" scripts/check-completion.sh || true
[ -z "${begun[a second build in another folder gives the same bytes]-}" ] ||
  check "a second build in another folder gives the same bytes" || true

for project in tests/*.Tests; do
  suite "${project#tests/}"
done
finish
