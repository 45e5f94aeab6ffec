#!/usr/bin/env bash
# Makes the archives that the tests read: of this machine's header package, of the kernel's source for arm64, and all variants.
set -euo pipefail
cd "$(dirname "$0")/../.."
make -s out/archives/kheaders.tar.xz
make -s out/archives/arm64.tar.xz &
arm64=$!
scripts/make-variants.sh out/archives/kheaders.tar.xz out/archives
wait "$arm64"
