#!/usr/bin/env bash
# Third-party programs that test file systems, as far as they can test one that is read-only, on a mount: stress-ng's readers and fio.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'EOF'
usage: scripts/conformance.sh [-h]
Needs root, out/kheadersfs and out/archives/kheaders.tar.xz: make conformance sees to the last two. 77 where nothing can be mounted.
  SECONDS_EACH=...  how long each of stress-ng's readers and each of fio's jobs runs; default: 10, some 2 minutes in all
EOF
}
case ${1-} in
  '') ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac
if [ ! -c /dev/fuse ] || [ "$(id -u)" != 0 ]; then
  echo 'conformance: needs root and /dev/fuse' >&2
  exit 77
fi

# What is mounted here is nobody else's business, and /sys is taken for it.
[ "${CONFORMANCE_NAMESPACE-}" = 1 ] || CONFORMANCE_NAMESPACE=1 exec unshare --mount --propagation private "$BASH" scripts/conformance.sh

seconds=${SECONDS_EACH:-10}
program=$PWD/out/kheadersfs
archive=$PWD/out/archives/kheaders.tar.xz
temporary=$(mktemp -d)
directory=$temporary/mnt
finish() {
  cd /
  umount -l /sys "$directory" 2>/dev/null || true
  rm -rf --one-file-system "$temporary"
}
trap finish EXIT
mkdir "$directory" "$temporary/work" "$temporary/tree"
cd "$temporary/work"

passed=0 failed=0
# report NAME STATUS FIGURE; what the program has said is in $temporary/said
report() {
  if [ "$2" = 0 ]; then
    passed=$((passed + 1))
    echo "ok      $1: $3"
  else
    failed=$((failed + 1))
    echo "FAILED  $1: status $2"
    tail -n 20 "$temporary/said"
  fi
}

requests() { "$program" status --json "$directory" | grep -o '"requests":{[^}]*}' | grep -o '[0-9]*' | awk '{ n += $1 } END { print n }'; }

# reader NAME OPTION...: one of stress-ng's, and what it has cost the server. They read fixed directories, /sys among them: there the mount is.
reader() {
  local before status=0 operations name=$1
  shift
  echo 2 >/proc/sys/vm/drop_caches
  before=$(requests)
  timeout -k 10 $((seconds * 4 + 30)) stress-ng --"$name" 2 "$@" --timeout "$seconds" --metrics-brief --verify >"$temporary/said" 2>&1 || status=$?
  operations=$(awk -v name="$name" '$1 == "stress-ng:" && $4 == name { print $5; exit }' "$temporary/said")
  # One that has not come as far as the mount has tested nothing.
  [ "$(requests)" -gt $((before + 10)) ] || status=99
  [ "${operations:-0}" -gt 0 ] || status=98
  report "stress-ng $name" "$status" "$operations operations, $(($(requests) - before)) requests"
}

# fio's jobs: how it reads, where, how much at once. Each 4 KiB of the file have a checksum of theirs.
jobs=(
  '--ioengine=psync --rw=read --bs=128k'
  '--ioengine=psync --rw=randread --bs=4k'
  '--ioengine=sync --rw=randread --bsrange=4k-256k'
  '--ioengine=mmap --rw=randread --bs=4k'
  '--ioengine=pvsync2 --rw=randread --bs=16k'
  '--ioengine=libaio --rw=randread --bs=64k --iodepth=16 --direct=1'
  '--ioengine=io_uring --rw=randread --bs=32k --iodepth=16'
)
# read_back OPTION...: what fio has written, from the mount
read_back() {
  echo 1 >/proc/sys/vm/drop_caches
  timeout -k 10 $((seconds * 4 + 30)) fio --readonly --name=job --filename="$directory/data" --size="$data" --verify=crc32c --verify_interval=4096 \
    --verify_fatal=1 --numjobs=2 --group_reporting --output-format=json --output="$temporary/fio.json" "$@" >"$temporary/said" 2>&1
}

job() {
  local bytes status=0
  read_back --time_based --runtime="$seconds" "$@" || status=$?
  bytes=$(awk -F '[:, ]+' '/"io_bytes"/ { print $3; exit }' "$temporary/fio.json")
  [ "${bytes:-0}" -ge $((128 << 20)) ] || status=98 # both readers all of the file
  report "fio $*" "$status" "$((bytes >> 20)) MiB verified"
}

# A test that cannot fail shows nothing: of one wrong byte each job has to say so.
damaged_job() {
  local status=0
  read_back "$@" || status=$?
  if [ "$status" != 0 ] && grep -q '^crc32c: verify failed at file' "$temporary/said"; then
    report "fio $*, one wrong byte" 0 found
  else
    report "fio $*, one wrong byte" 97 ''
  fi
}

"$program" -o release=ignore "$archive" "$directory"
mount --bind "$directory" /sys
reader sysfs
reader getdent
reader fstat --fstat-dir /sys/include/linux
umount /sys
umount "$directory"

# Half of it is compressible, as headers are.
data=64m
fio --name=write --filename="$temporary/tree/data" --size="$data" --rw=write --bs=4096 --verify=crc32c --verify_interval=4096 --do_verify=0 \
  --buffer_compress_percentage=50 --refill_buffers >/dev/null
echo '#define X 1' >"$temporary/tree/x.h"
tar -C "$temporary/tree" -cf "$temporary/data.tar" .
"$program" -o release=ignore "$temporary/data.tar" "$directory"
for job in "${jobs[@]}"; do
  # shellcheck disable=SC2086 # several options
  job $job
done

umount "$directory"
printf X | dd of="$temporary/data.tar" bs=1 seek=40000000 conv=notrunc status=none
"$program" -o release=ignore "$temporary/data.tar" "$directory"
for job in "${jobs[@]}"; do
  # shellcheck disable=SC2086
  damaged_job $job
done

echo "conformance: $passed passed, $failed failed"
[ "$failed" = 0 ]
