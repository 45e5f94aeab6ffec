#!/usr/bin/env bash
# Boots the kernels of build-kernel.sh in qemu and runs the scenarios of init.sh inside.
# The last line counts them: "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/vm/run.sh [-h] [-v] [KERNEL[:SCENARIO]]...
Boots x86-64 kernels that carry their headers, without KVM, on this machine's root (read-only), and runs scenarios in them;
the default is all.
  -v  show all that the guest says; it is in out/vm/KERNEL-MEMORY.log as well
  BOOT_SECONDS=...  a guest that runs longer has failed; default: 600
USAGE
}
verbose=
case ${1-} in
  -h | --help) usage; exit ;;
  -v) verbose=1; shift ;;
  -*) usage >&2; exit 2 ;;
esac

# Kernel, memory in MiB, scenarios: one boot for each line.
boots='builtin 512 tree fstab notify switch
module 512 module rmmod
none 512 without
blocks 512 blocks switch
builtin 1024 bcc bpftrace
builtin 96 memory'

command -v qemu-system-x86_64 >/dev/null || { echo "run: qemu-system-x86_64 is missing: run scripts/setup.sh vm" >&2; exit 1; }
passed=0 failed=0 skipped=0

# wanted KERNEL SCENARIO: is it among the arguments, or are there none?
wanted() {
  local argument
  [ ${#chosen[@]} -gt 0 ] || return 0
  for argument in "${chosen[@]}"; do
    [ "$argument" != "$1" ] && [ "$argument" != "$1:$2" ] || return 0
  done
  return 1
}

# boot KERNEL MEMORY SCENARIO...
boot() {
  local kernel=$1 memory=$2 log=out/vm/$1-$2.log name word line command
  shift 2
  [ -r "out/vm/$kernel/bzImage" ] || { echo "run: out/vm/$kernel is missing: run scripts/vm/build-kernel.sh" >&2; exit 1; }
  command="console=ttyS0 quiet loglevel=3 panic=-1 random.trust_cpu=on root=host rootfstype=9p ro"
  command+=" rootflags=trans=virtio,version=9p2000.L,msize=262144,cache=loose"
  # The kernel hands what it does not know to init, as variables; quotes keep the blanks.
  command+=" init=$PWD/scripts/vm/init.sh \"SCENARIOS=$*\""
  timeout -k 5 "${BOOT_SECONDS:-600}" qemu-system-x86_64 -M pc -cpu max -accel tcg -m "$memory" -nodefaults -no-reboot \
    -display none -serial stdio -kernel "out/vm/$kernel/bzImage" -append "$command" \
    -virtfs local,id=host,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
    </dev/null 2>&1 | tr -d '\r' >"$log" || true
  [ -z "$verbose" ] || cat "$log"
  for name; do
    line=$(sed -n "s/^@@\([a-z]* $name: .*\)/\1/p" "$log")
    word=${line%% *}
    case $word in
      passed) passed=$((passed + 1)) ;;
      skipped) skipped=$((skipped + 1)) ;;
      failed) failed=$((failed + 1)) ;;
      *)
        failed=$((failed + 1))
        line="failed $name: no result; the guest's last line: $(tail -n 1 "$log")"
        ;;
    esac
    echo "${line%% *} $kernel:${line#* }"
  done
}

chosen=("$@")
while read -r kernel memory all; do
  scenarios=()
  for scenario in $all; do
    ! wanted "$kernel" "$scenario" || scenarios+=("$scenario")
  done
  [ ${#scenarios[@]} -eq 0 ] || boot "$kernel" "$memory" "${scenarios[@]}"
done <<<"$boots"
[ $((passed + failed + skipped)) -gt 0 ] || { echo "run: no such scenario: $*" >&2; exit 2; }
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
