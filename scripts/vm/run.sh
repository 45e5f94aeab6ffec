#!/usr/bin/env bash
# Boots the kernels of fetch-kernel.sh and build-kernel.sh in qemu and runs the scenarios of init.sh inside.
# The last line counts them: "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  cat <<'USAGE'
usage: scripts/vm/run.sh [-h] [-v] [-p] [KERNEL[:SCENARIO]]...
Boots the kernels of fetch-kernel.sh and build-kernel.sh, without KVM, and runs scenarios in them; the default is all. x86-64
guests have this machine's root, read-only; arm64 guests that of make-root.sh, and the kernel today, of Debian sid, that of
scripts/clients/make-root.sh.
  -v  show all that a guest says; out/vm/KERNEL-SCENARIO.log, named after its first scenario, has it as well
  -p  make the kernels ready first; each is booted as soon as it is, beside those that are not
As many boot at once as there are processors: a guest has one. stock:takeover and arm64-16k are run only if they are named.
  ARCH=arm64        the kernels for arm64; default: those for x86-64
  BOOT_SECONDS=...  a guest that runs longer has failed; default: 1500, and longer on a slow or busy machine (scripts/limits.sh)
USAGE
}
verbose='' prepare=''
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit ;;
    -v) verbose=1; shift ;;
    -p) prepare=1; shift ;;
    -*) usage >&2; exit 2 ;;
    *) break ;;
  esac
done

# Kernel, memory in MiB, scenarios: one boot for each line. What by_name has is run only if it is named.
case ${ARCH:-x86_64} in
  x86_64)
    boots='today 1536 clients bcc
newer 1024 takeover
stock 1024 without module rmmod blocks fstab notify switch bcc bpftrace
builtin 512 tree
stock 768 armed
newer 768 armed
newer 512 switch
builtin 96 memory'
    by_name='stock 1024 takeover'
    # With the registers of AVX, or five levels of pages, all is slower without KVM.
    qemu=(qemu-system-x86_64 -M pc -cpu "Nehalem,+rdrand")
    console=ttyS0 program=out/kheadersfs
    ;;
  arm64)
    boots='arm64 768 tree module fstab packages
arm64 108 memory'
    by_name='arm64-16k 768 tree'
    qemu=(qemu-system-aarch64 -M virt -cpu neoverse-n1)
    console=ttyAMA0 program=out/linux-arm64/kheadersfs
    ;;
  *) echo "run: ARCH=$ARCH: only x86_64 and arm64 are known here" >&2; exit 2 ;;
esac
command -v "${qemu[0]}" >/dev/null || { echo "run: ${qemu[0]} is missing: run scripts/setup.sh vm" >&2; exit 1; }
# root_of KERNEL: what its guests have
root_of() {
  case $1 in
    arm64*) echo "$PWD/out/vm/root-arm64" ;;
    today) echo "$PWD/out/clients/root" ;;
    *) echo / ;;
  esac
}
share=security_model=none,readonly=on,multidevs=remap
# shellcheck source=scripts/packages/life.sh
source scripts/packages/life.sh
export KHEADERSFS_SLOWNESS=${KHEADERSFS_SLOWNESS:-$(measure_slowness)}
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
results=$temporary/results
# A line for each guest that may still boot; whoever boots one takes a line and puts it back.
mkfifo "$temporary/free"
exec 8<>"$temporary/free"
seq "$(nproc)" >&8

# wanted KERNEL SCENARIO: is it among the arguments, or are there none?
wanted() {
  local argument
  [ ${#chosen[@]} -gt 0 ] || return 0
  for argument in "${chosen[@]}"; do
    [ "$argument" != "$1" ] && [ "$argument" != "$1:$2" ] || return 0
  done
  return 1
}

# make_ready KERNEL: all that its guests need besides the program and the packages; both kernels for arm64 have one root
make_ready() {
  case $1 in
    builtin) scripts/vm/build-kernel.sh ;;
    arm64*)
      flock out/vm/root.lock scripts/vm/make-root.sh arm64 && scripts/vm/fetch-kernel.sh "$1" &&
        RID=linux-arm64 build_newer out/vm/newer-packages
      ;;
    today) scripts/clients/make-root.sh && scripts/vm/fetch-kernel.sh today ;;
    *) scripts/vm/fetch-kernel.sh "$1" ;;
  esac
}

# boot KERNEL MEMORY SCENARIO...: a line for each scenario, which begins with what became of it
boot() {
  local kernel=$1 memory=$2 log=out/vm/$1-$3.log name line command root more=()
  root=$(root_of "$kernel")
  [ "$root" = / ] || mkdir -p "$root$PWD" # it may have been made when the checkout was elsewhere
  shift 2
  command="console=$console quiet loglevel=3 panic=-1 mitigations=off random.trust_cpu=on root=host rootfstype=9p ro"
  command+=" rootflags=trans=virtio,version=9p2000.L,msize=262144,cache=loose init=$PWD/scripts/vm/init.sh"
  [ ! -e "out/vm/$kernel/initrd" ] || more+=(-initrd "out/vm/$kernel/initrd")
  [ "$root" = / ] || command+=" checkout=$PWD"
  [ "$root" = / ] || more+=(-virtfs "local,id=checkout,path=$PWD,mount_tag=checkout,$share")
  # The kernel hands what it does not know to init, as variables; quotes keep the blanks.
  command+=" KHEADERSFS_SLOWNESS=$KHEADERSFS_SLOWNESS KERNEL=$kernel PROGRAM=$program \"SCENARIOS=$*\""
  read -r -u 8
  timeout -k 5 "${BOOT_SECONDS:-$(limit 150)}" "${qemu[@]}" -accel tcg -m "$memory" -nodefaults -no-reboot \
    -display none -serial stdio -kernel "out/vm/$kernel/vmlinuz" -append "$command" \
    -virtfs "local,id=host,path=$root,mount_tag=host,$share" "${more[@]}" \
    </dev/null 2>&1 | tr -d '\r' >"$log" || true
  echo >&8
  [ -z "$verbose" ] || cat "$log"
  for name; do
    line=$(sed -n "s/^@@\(\(passed\|failed\|skipped\) $name: .*\)/\1/p" "$log")
    [ -n "$line" ] || line="failed $name: no result; the guest's last line: $(tail -n 1 "$log")"
    echo "${line%% *} $kernel:${line#* }"
  done
  sed -n 's/^@@ran //p' "$log" | while read -r rid kind text; do scripts/packages/note.sh "$rid" "$kind" "$text"; done
}

# run_kernel KERNEL: all that is to be booted of it, at once
run_kernel() {
  local kernel=$1 lacks='' memory all name
  if [ -n "$prepare" ]; then
    make_ready "$kernel" || lacks="out/vm/$kernel could not be made"
  elif [ ! -r "out/vm/$kernel/vmlinuz" ]; then
    lacks="out/vm/$kernel is missing: -p makes it"
  fi
  while read -r memory all; do
    if [ -z "$lacks" ]; then
      # shellcheck disable=SC2086 # names
      boot "$kernel" "$memory" $all | tee -a "$results" &
    else
      for name in $all; do
        echo "failed $kernel:$name: $lacks"
      done | tee -a "$results"
    fi
  done <<<"${boots_of[$kernel]}"
  wait
}

chosen=("$@")
[ $# -eq 0 ] || boots+=$'\n'$by_name
declare -A boots_of=()
kernels=() expected=0
while read -r kernel memory all; do
  scenarios=()
  for scenario in $all; do
    ! wanted "$kernel" "$scenario" || scenarios+=("$scenario")
  done
  [ ${#scenarios[@]} -gt 0 ] || continue
  expected=$((expected + ${#scenarios[@]}))
  [ -n "${boots_of[$kernel]-}" ] || kernels+=("$kernel")
  boots_of[$kernel]+="${boots_of[$kernel]+$'\n'}$memory ${scenarios[*]}"
done <<<"$boots"
mkdir -p out/vm
for kernel in "${kernels[@]}"; do
  run_kernel "$kernel" &
done
wait
[ -s "$results" ] || { echo "run: no such scenario: $*" >&2; exit 2; }
count() { grep -c "^$1 " "$results" || true; }
# One without a result has failed.
failed=$((expected - $(count passed) - $(count skipped)))
echo "$(count passed) passed, $failed failed, $(count skipped) skipped"
[ "$failed" -eq 0 ]
