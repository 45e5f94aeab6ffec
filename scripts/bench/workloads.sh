# shellcheck shell=bash disable=SC2034,SC2154
# What scripts/bench.sh runs over each mount, and what all of it needs to be in the page cache. Sourced in bench.sh's scratch folder.

# bcc compiles for the machine's own target, whatever it loads in the end.
case $(uname -m) in
  x86_64) srcarch=x86 ;;
  aarch64) srcarch=arm64 ;;
  *) fail "bcc's flags are known for x86_64 and aarch64 only" ;;
esac

# make_flags DIR: bcc's, for the headers in DIR, into DIR.flags
make_flags() {
  cat >"$1.flags" <<FLAGS
-O2 -target $(uname -m) -S -emit-llvm -nostdinc -isystem $($clang -print-resource-dir)/include
-D__KERNEL__ -DKBUILD_MODNAME="\"bench\"" -D__BPF_TRACING__ -Wno-everything -fno-stack-protector -x c
-I$1/arch/$srcarch/include -I$1/arch/$srcarch/include/generated -I$1/include -I$1/arch/$srcarch/include/uapi
-I$1/arch/$srcarch/include/generated/uapi -I$1/include/uapi -I$1/include/generated/uapi
-include $1/include/linux/compiler-version.h -include $1/include/linux/kconfig.h -include $1/include/linux/compiler_types.h
FLAGS
}
# make_workloads: the tree that all is compared with, flags, the sample, and 20 programs with headers of their own.
make_workloads() {
  local number=0 headers
  mount -t tmpfs tmpfs "$ref"
  tar -xJf kheaders.tar.xz -C "$ref"
  make_flags "$mnt"
  make_flags "$ref"
  program_of linux/sched.h linux/fs.h linux/skbuff.h linux/mm.h linux/blkdev.h net/tcp.h >sample.c
  mkdir programs
  # What tracing programs ask for. Nothing that comes to linux/ftrace.h: that wants a compiler option that bcc does not give.
  while read -r headers; do
    number=$((number + 1))
    # shellcheck disable=SC2086 # a word is a header
    program_of $headers >"programs/$number.c"
  done <<'HEADERS'
linux/sched.h
linux/fs.h linux/dcache.h
net/sock.h net/inet_sock.h
net/tcp.h net/tcp_states.h
linux/blkdev.h linux/blk-mq.h
linux/skbuff.h linux/netdevice.h
linux/mm.h linux/mm_types.h linux/swap.h
linux/nsproxy.h linux/pid_namespace.h net/net_namespace.h
linux/cgroup.h linux/memcontrol.h
linux/interrupt.h linux/irq.h linux/irqdesc.h
linux/uio.h linux/socket.h net/af_unix.h
linux/bpf.h linux/filter.h
linux/ipv6.h net/ipv6.h net/ip6_route.h
linux/tty.h linux/serial_core.h
linux/pci.h linux/dma-mapping.h
linux/usb.h linux/hid.h
linux/i2c.h linux/spi/spi.h
linux/nfs_fs.h linux/sunrpc/clnt.h
linux/jbd2.h linux/buffer_head.h
scsi/scsi_cmnd.h scsi/scsi_device.h
HEADERS
  printf '%s\n' programs/*.c >program-list
}
program_of() {
  printf '#include <%s>\n' "$@"
  echo 'int sample(struct task_struct *task) { return task->pid; }'
}

# Each is a line for sh -c without single quotes, and works over $ref as well if that is put for $mnt. grep and tar notice when their
# output is /dev/null and then stop early: hence wc.
compile="$clang @$mnt.flags -o /dev/null sample.c"
compile_20="xargs -a program-list -P 2 -n 1 $clang @$mnt.flags -o /dev/null"
read_tree="tar -cf - -C $mnt . | wc -c >count"
find_all="find $mnt -type f | wc -l >count"
grep_all="grep -r task_struct $mnt | wc -l >count"

# warm: reads once what the columns need besides the mount itself: the inputs of all systems, programs and their libraries.
warm() {
  local program
  if [ ! -e warm-list ]; then
    # Clang is a link to a file with a driver of its own; ratarmount and its like are scripts.
    for program in $clang sh tar xz xargs find grep wc mount umount timeout hyperfine ./kheadersfs ./read-files \
      archivemount squashfuse squashfuse_ll fuse-archive ratarmount dwarfs erofsfuse; do
      program=$(command -v "$program") || continue
      readlink -e "$program"
      { ldd "$program" 2>/dev/null || true; } | awk '$(NF - 1) ~ /^\// { print $(NF - 1) }'
    done | sort -u >warm-list
  fi
  xargs -a warm-list cat >/dev/null
  find -L kheaders.tar.xz blocks.tar.xz inputs -type f -exec cat {} + >/dev/null 2>&1 || true
  $clang -O2 -target "$(uname -m)" -S -emit-llvm -x c -o /dev/null - <<<'#include <stddef.h>'
  if command -v ratarmount >/dev/null; then
    ratarmount --version >/dev/null 2>&1 || true
  fi
}
