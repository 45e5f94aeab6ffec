/* An ordinary program: asks the kernel that runs, by its interfaces, with the headers of the mount before those of the C library. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <linux/fuse.h>
#include <linux/if_link.h>
#include <linux/input.h>
#include <linux/io_uring.h>
#include <linux/rtnetlink.h>
#include <linux/stat.h>
#include <linux/sysinfo.h>

int main(void)
{
	struct sysinfo info;

	if (syscall(__NR_sysinfo, &info) != 0 || info.totalram == 0)
		return 1;
	printf("FUSE %d.%d, %lu bytes of memory\n", FUSE_KERNEL_VERSION, FUSE_KERNEL_MINOR_VERSION, (unsigned long)info.totalram);
	return sizeof(struct input_event) == 24 ? 0 : 2;
}
