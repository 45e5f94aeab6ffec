/* What the demo compiles: a tracer of opened files and TCP connections, with the kernel's own structures, as a bcc tool has. */
#include <linux/fs.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <net/tcp.h>
#include <uapi/linux/bpf.h>

#define SEC(name) __attribute__((section(name), used))

static long (*probe_read)(void *to, __u32 size, const void *from) = (void *)BPF_FUNC_probe_read_kernel;
static long (*current_comm)(void *to, __u32 size) = (void *)BPF_FUNC_get_current_comm;
static struct task_struct *(*task_now)(void) = (void *)BPF_FUNC_get_current_task;
static long (*trace)(const char *format, __u32 size, ...) = (void *)BPF_FUNC_trace_printk;

#define READ(field) ({ typeof(field) value = 0; probe_read(&value, sizeof(value), &(field)); value; })

#if defined(__x86_64__)
#define FIRST_ARGUMENT(regs) ((regs)->di)
#elif defined(__aarch64__)
#define FIRST_ARGUMENT(regs) ((regs)->regs[0])
#endif

SEC("kprobe/vfs_open")
int opened(struct pt_regs *regs)
{
	const char format[] = "%s (parent %d) opens an inode of mode 0%o\n";
	struct path *path = (void *)FIRST_ARGUMENT(regs);
	struct dentry *dentry = READ(path->dentry);
	struct inode *inode = READ(dentry->d_inode);
	struct task_struct *parent = READ(task_now()->real_parent);
	char comm[TASK_COMM_LEN];

	current_comm(comm, sizeof(comm));
	return trace(format, sizeof(format), comm, READ(parent->tgid), READ(inode->i_mode));
}

SEC("kprobe/tcp_connect")
int connected(struct pt_regs *regs)
{
	const char format[] = "to %x port %d, window %u\n";
	struct sock *socket = (void *)FIRST_ARGUMENT(regs);

	return trace(format, sizeof(format), READ(socket->sk_daddr), be16_to_cpu(READ(socket->sk_dport)),
		     READ(tcp_sk(socket)->snd_cwnd));
}

char _license[] SEC("license") = "GPL";
