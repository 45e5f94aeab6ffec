/* Headers of the kernel that need nothing of a C library. */
#include <asm/unistd.h>
#include <drm/i915_drm.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/io_uring.h>
#include <linux/kvm.h>
#include <linux/netlink.h>
#include <linux/nl80211.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <linux/version.h>
#include <linux/virtio_net.h>
#include <rdma/ib_user_verbs.h>

_Static_assert(sizeof(struct bpf_insn) == 8, "an instruction of BPF has 8 bytes");
_Static_assert(sizeof(struct io_uring_sqe) == 64, "an entry of the submission queue has 64 bytes");
_Static_assert(LINUX_VERSION_CODE >= 0x050200, "archives of headers are there since Linux 5.2");
