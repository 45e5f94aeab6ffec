#!/usr/bin/env bash
# Checks the container image under a container engine, run as src/deploy says.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: scripts/check-containers.sh [-h] run|rootless|manifests
  run        podman runs the image with what src/deploy/base/daemonset.yaml says, in a mount namespace that stands for a node: the
             node and readers that were started before and after see the mount; the probes' answers at each stage; stop takes it
             away, after kill -9 the next container replaces it
  rootless   podman of an ordinary user: release:R is mounted in a user namespace, the node's /lib/modules read-only
  manifests  kubectl knows every field of src/deploy, and its kustomize makes the example (since kubectl 1.21)
The first two want the image in out/packages and out/archives/kheaders.tar.xz: run "make image out/archives/kheaders.tar.xz".
They end with 77 where there is no podman, or not the rights; the last one where there is no kubectl.
The machine's own containers, and all else, are let alone: what is written goes to a temporary directory, what is started ends with
the process namespace that it runs in.
USAGE
}
fail() { echo "check-containers: $*" >&2; exit 1; }
skip() { echo "check-containers: $*"; exit 77; }

# shellcheck source=scripts/contain.sh
source scripts/contain.sh
# shellcheck source=scripts/limits.sh
source scripts/limits.sh

begin() {
  command -v podman >/dev/null || skip "podman is not installed (scripts/setup.sh containers)"
  unshare --mount --pid --fork true 2>/dev/null || skip "nobody but root, with CAP_SYS_ADMIN, can make namespaces"
  (exec 3<>/dev/fuse) 2>/dev/null || skip "/dev/fuse cannot be opened"
  contain "$1"
}

# A node: file systems that are written to are its own, and mounts are shared, as systemd makes them.
prepare_node() {
  local module release
  release=$(uname -r)
  mount -t tmpfs -o mode=755 tmpfs "$temporary"
  mount -t tmpfs -o mode=755 tmpfs /run
  mount -t tmpfs tmpfs /dev/shm # podman's locks
  mount -t tmpfs -o mode=755 tmpfs /lib/modules
  # crun takes no mixture of both versions of control groups.
  umount -R /sys/fs/cgroup 2>/dev/null || true
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  # As the kernel's build makes it, but for the code: an ELF file with the archive in it.
  module=/lib/modules/$release/kernel/kernel/kheaders.ko
  mkdir -p "${module%/*}"
  objcopy -I binary -O elf64-little "$archive" "$module"
  mknod -m 666 "$temporary/fuse" c 10 229
  mount --bind "$temporary/fuse" /dev/fuse
  cp "$(image)" "$temporary/image.tar"
  install "$(command -v busybox)" "$temporary/busybox"
  tar -cf "$temporary/reader.tar" -C "$temporary" busybox
  mount --make-rshared /
}
image() {
  local found=(out/packages/*/kheadersfs-*"$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/').oci.tar")
  [ -f "${found[0]}" ] || fail "there is no image in out/packages: run make image"
  echo "${found[0]}"
}

# engine ARGUMENT...: podman, with all that it keeps in the temporary directory. Without control groups, which not every machine gives.
engine() {
  podman --root "$store/root" --runroot "$store/run" --tmpdir "$store/tmp" --storage-driver vfs --cgroup-manager cgroupfs \
    --events-backend none --runtime crun "$@"
}
start() { engine run --cgroups=disabled --network=none "$@" >/dev/null; }
prepare_engine() {
  mkdir -p "$store"
  engine load -q -i "$temporary/image.tar" >/dev/null
  engine import -q "$temporary/reader.tar" reader >/dev/null 2>&1
  name=$(engine images --format '{{.Repository}}:{{.Tag}}' | grep kheadersfs)
}

expect() { [ "$2" = "$3" ] || fail "$1: should be '$2', is '$3'"; }
until_true() {
  local end=$((SECONDS + $(limit 6)))
  until "${@:2}"; do
    [ "$SECONDS" -lt "$end" ] || fail "waited in vain for $1: $(engine logs mounter 2>&1 | tail -n 5)"
    sleep 0.1
  done
}
# status COMMAND...: its exit status
status() {
  local status=0
  "$@" >"$store/said" 2>&1 || status=$?
  echo "$status"
}
# probe NAME: the exit status of the manifest's probe, run in the container as a kubelet does
probe() {
  local command
  mapfile -d '' command < <(scripts/containers/arguments.py "$manifest" "$1")
  status engine exec mounter "${command[@]}"
}
ready() { [ "$(probe readinessProbe)" = 0 ]; }
read_by() { status engine exec "$1" /busybox cmp "$directory/include/linux/kconfig.h" /kconfig.h; }
node_sees() { mountpoint -q "$directory"; }
node_sees_nothing() { ! mountpoint -q "$directory"; }
start_reader() {
  # As the tracing pod sees it; the file to compare with is the archive's own.
  start -d --name "$1" "${tracing[@]}" --volume "$temporary/kconfig.h:/kconfig.h:ro" --entrypoint /busybox reader sleep 1000
}
start_mounter() { start -d --name mounter "${options[@]}" "$name" "${arguments[@]}"; }
mounter_ended() { [ "$(engine inspect -f '{{.State.Running}}' mounter)" = false ]; }
mounter_pid() { engine inspect -f '{{.State.Pid}}' mounter; }
# another_check: the image's own check of what the node has mounted, from another container than the one that has mounted it
another_check() { status engine run --rm --cgroups=disabled --network=none "${tracing[@]}" "$name" status --check "$directory"; }
check_all() {
  expect "$1: readiness probe" 0 "$(probe readinessProbe)"
  expect "$1: liveness probe" 0 "$(probe livenessProbe)"
  expect "$1: the node's look" 0 "$(status within 2 cmp "$directory/include/linux/kconfig.h" "$temporary/kconfig.h")"
  expect "$1: reader that was there before" 0 "$(read_by before)"
  expect "$1: reader that came after" 0 "$(read_by after)"
  expect "$1: check from another container" 0 "$(another_check)"
  expect "$1: processes that probes have left" '' "$(left_by_probes)"
}
# left_by_probes: process 1 of the container gets them, and does not ask for them; its keeper is its own
left_by_probes() { ps -o pid=,stat=,comm= --ppid "$(mounter_pid)" | { grep -v ' kheadersfs-keep$' || true; } | xargs; }

run() {
  local pid options arguments tracing
  manifest=src/deploy/base/daemonset.yaml
  store=$temporary/engine
  prepare_engine
  tar -xJf "$archive" -O ./include/linux/kconfig.h >"$temporary/kconfig.h"
  mapfile -d '' options < <(scripts/containers/arguments.py "$manifest" options)
  mapfile -d '' arguments < <(scripts/containers/arguments.py "$manifest" arguments)
  mapfile -d '' tracing < <(scripts/containers/arguments.py src/deploy/tracing/pod.yaml options)
  directory=${arguments[-1]}
  mkdir -p /run/kheaders /run/kheadersfs # DirectoryOrCreate

  start_reader before
  expect "check of what is not mounted" 16 "$(another_check)"
  start_mounter
  until_true "the first mount" ready
  start_reader after
  check_all "first mount"
  echo "check-containers: node and readers see the mount, at $directory"

  pid=$(mounter_pid)
  kill -STOP "$pid"
  expect "liveness probe of a stopped server" 16 "$(probe livenessProbe)"
  kill -CONT "$pid"
  expect "liveness probe of one that goes on" 0 "$(probe livenessProbe)"
  expect "processes that these probes have left" '' "$(left_by_probes)"

  engine kill -s KILL mounter >/dev/null
  until_true "its end" mounter_ended
  expect "check of a mount whose container was killed" 16 "$(another_check)"
  # What the kernel has cached it still gives; this header nobody has read.
  expect "reader of it" 1 "$(status engine exec before /busybox cat "$directory/include/linux/fs.h")"
  # A kubelet makes a new container.
  engine rm mounter >/dev/null
  start_mounter
  until_true "the second mount" ready
  check_all "after kill -9"
  expect "mounts on the node" 1 "$(grep -c " $directory " /proc/self/mountinfo)"

  engine stop mounter >/dev/null
  expect "exit status after SIGTERM" 0 "$(engine inspect -f '{{.State.ExitCode}}' mounter)"
  node_sees_nothing || fail "stop has left the mount"
  [ ! -e "$directory" ] || fail "stop has left $directory, which breaks bpftrace when it is empty"
  [ -z "$(find /run/kheadersfs -type f ! -name lock)" ] || fail "records are left: $(ls -R /run/kheadersfs)"
  expect "check after the stop" 16 "$(another_check)"
  ! grep -qs '^kheaders ' /proc/modules || fail "the module has been loaded"
  echo "check-containers: killed and replaced, stopped and gone; the probes knew"
}

rootless() {
  local user=61000 layer=$temporary/etc release
  release=$(uname -r)
  # A user of this node alone.
  mkdir -p "$layer/upper" "$layer/work"
  mount -t overlay -o "lowerdir=/etc,upperdir=$layer/upper,workdir=$layer/work" overlay /etc
  echo "tracer:x:$user:$user::$temporary/home:/bin/sh" >>/etc/passwd
  echo "tracer:x:$user:" >>/etc/group
  echo "tracer:100000:65536" | tee /etc/subuid >/etc/subgid
  install -d -o $user -g $user "$temporary/home" "/run/user/$user" "$temporary/rootless"
  # The checkout may be where that user cannot look.
  cp -R scripts "$temporary/"
  cd "$temporary"
  setpriv --reuid $user --regid $user --clear-groups env -i PATH="$PATH" HOME="$temporary/home" XDG_RUNTIME_DIR="/run/user/$user" \
    scripts/check-containers.sh as-user "$temporary" "$release"
}

# Root in the container is the user outside: CAP_SYS_ADMIN counts in the user namespace alone.
as_user() {
  store=$temporary/rootless
  directory=/run/kheaders/build
  prepare_engine
  start -d --name mounter --device /dev/fuse --cap-drop all --cap-add SYS_ADMIN --volume /lib/modules:/lib/modules:ro --read-only \
    --volume "$temporary/busybox:/busybox:ro" "$name" -o mkdir "release:$1" "$directory"
  until_true "the mount" mounted
  expect "source" "release:$1" "$(engine exec mounter /busybox cat /proc/self/mounts | awk -v d="$directory" '$2 == d { print $1 }')"
  expect "headers" 0 "$(status engine exec mounter /busybox test -f "$directory/include/linux/kconfig.h")"
  engine stop mounter >/dev/null
  expect "exit status after SIGTERM" 0 "$(engine inspect -f '{{.State.ExitCode}}' mounter)"
  engine rm -f -a >/dev/null
  echo "check-containers: release:$1 is mounted by user $(id -u) in a user namespace"
}
mounted() { [ "$(status engine exec mounter /kheadersfs status --check "$directory")" = 0 ]; }

check_manifests() {
  local file files=(daemonset.yaml pod.yaml) minor
  command -v kubectl >/dev/null || skip "kubectl is not installed (Debian's package is kubernetes-client)"
  temporary=$(mktemp -d)
  trap 'rm -rf "$temporary"' EXIT
  cp src/deploy/base/daemonset.yaml src/deploy/tracing/pod.yaml "$temporary"
  minor=$(kubectl version --client -o json | jq -r '.clientVersion.minor')
  if [ "${minor%+}" -lt 21 ]; then
    echo "check-containers: src/deploy/example is not looked at: kubectl 1.$minor has a kustomize of 2019"
  else
    kubectl kustomize src/deploy/example >"$temporary/example.yaml" || fail "src/deploy/example: kustomize cannot make it"
    files+=(example.yaml)
  fi
  for file in "${files[@]}"; do
    # With every image replaced, kubectl writes what it has read, and leaves out what it does not know.
    kubectl set image --local -f "$temporary/$file" '*=replaced' -o json >"$temporary/read.json" || fail "$file: kubectl cannot read it"
    scripts/containers/compare.py "$temporary/$file" "$temporary/read.json" || fail "$file: kubectl does not know what stands above"
    scripts/containers/arguments.py "$temporary/$file" options >/dev/null
  done
  echo "check-containers: kubectl knows every field of src/deploy"
}

archive=/sys/kernel/kheaders.tar.xz
[ -f "$archive" ] || archive=out/archives/kheaders.tar.xz
case ${1-} in
  run | rootless) begin "$1" ;;
  inside)
    temporary=$3
    prepare_node
    "$2"
    ;;
  as-user)
    temporary=$2
    as_user "$3"
    ;;
  manifests) check_manifests ;;
  -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
