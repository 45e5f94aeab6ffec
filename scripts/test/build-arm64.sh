#!/usr/bin/env bash
# Builds the program for arm64, which the tests run under qemu's user emulation. Status 77: it is this machine's own program.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ "$(uname -m)" = aarch64 ]; then
  echo "it is the program of this machine"
  exit 77
fi
make -q RID=linux-arm64 out/linux-arm64/kheadersfs || RID=linux-arm64 scripts/publish.sh
