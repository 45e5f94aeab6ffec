#!/usr/bin/env bash
# Kills mounts at every moment of their lives and counts what they leave: what make test does 60 times, more often.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'EOF'
usage: scripts/soak.sh [-h]
Needs out/kheadersfs and out/archives/kheaders.tar.xz: make soak sees to them.
  KILLS=...  how many; default: 600, some 5 minutes
EOF
}
case ${1-} in
  '') ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac

project=KHeadersFs.Mount.Tests
dotnet build "tests/$project" -c Release --nologo -v quiet
export KHEADERSFS_PROGRAM=$PWD/out/kheadersfs KHEADERSFS_ARCHIVES=$PWD/out/archives KHEADERSFS_KILLS=${KILLS:-600}
timeout -k 10 "$((KHEADERSFS_KILLS * 5))" "tests/$project/bin/Release/net10.0/$project" -noColor -noLogo -showLiveOutput -class "$project.KillTests"
