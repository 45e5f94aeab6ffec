/*
 * contract ROOT SCRATCH: makes each call on each kind of object below ROOT and prints a line for each, "CALL OBJECT: RESULT", where RESULT is
 * an error's name or what a success gave. SCRATCH is a directory that can be written to. Whoever runs it decides as which user.
 *
 * Objects: a file, a directory, a symbolic link to the file, an absent name, a name below a file, each with a slash behind it, and a name that
 * is longer than any. stdout is flushed at the end alone: a program that fails prints nothing that could be compared.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <unistd.h>

static const char *root, *scratch;
#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
/* squashfs takes 256 bytes, others 255. */
#define TOO_LONG FIFTY FIFTY FIFTY FIFTY FIFTY "1234567"
static const char *objects[] = {
	"file", "dir", "link", "absent", "file/below", "dir/", "file/", "link/", "absent/", TOO_LONG,
};
#define OBJECTS (sizeof(objects) / sizeof(*objects))

static char path[4096], other[4096];

static const char *at(const char *object)
{
	snprintf(path, sizeof(path), "%s/%s", root, object);
	return path;
}

static const char *in_scratch(const char *name)
{
	snprintf(other, sizeof(other), "%s/%s", scratch, name);
	return other;
}

static void result(const char *call, const char *object, long value)
{
	if (!strcmp(object, TOO_LONG))
		object = "too-long";
	if (value < 0)
		printf("%s %s: %s\n", call, object, strerrorname_np(errno));
	else
		printf("%s %s: %ld\n", call, object, value);
}

/* A success that gives a descriptor is 0: its number is nobody's business. */
static void opened(const char *call, const char *object, int fd)
{
	result(call, object, fd < 0 ? -1 : 0);
	if (fd >= 0)
		close(fd);
}

static void opens(void)
{
	static const struct { const char *name; int flags; } how[] = {
		{ "open-rdonly", O_RDONLY }, { "open-wronly", O_WRONLY }, { "open-rdwr", O_RDWR }, { "open-trunc", O_RDONLY | O_TRUNC },
		{ "open-wronly-trunc", O_WRONLY | O_TRUNC }, { "open-append", O_WRONLY | O_APPEND }, { "open-creat", O_RDONLY | O_CREAT },
		{ "open-creat-excl", O_RDONLY | O_CREAT | O_EXCL }, { "open-creat-wronly", O_WRONLY | O_CREAT }, { "open-directory", O_RDONLY | O_DIRECTORY },
		{ "open-nofollow", O_RDONLY | O_NOFOLLOW }, { "open-path", O_PATH }, { "open-path-nofollow", O_PATH | O_NOFOLLOW },
		{ "open-tmpfile", O_WRONLY | O_TMPFILE }, { "open-noatime", O_RDONLY | O_NOATIME }, { "open-nonblock", O_RDONLY | O_NONBLOCK },
		{ "open-sync", O_RDONLY | O_SYNC },
		{ "open-excl", O_RDONLY | O_EXCL }, { "open-rdwr-creat-trunc", O_RDWR | O_CREAT | O_TRUNC }, { "open-path-directory", O_PATH | O_DIRECTORY },
		{ "open-creat-directory", O_RDONLY | O_CREAT | O_DIRECTORY }, { "open-rdwr-directory", O_RDWR | O_DIRECTORY },
		{ "open-tmpfile-rdwr-excl", O_RDWR | O_TMPFILE | O_EXCL }, { "open-nofollow-directory", O_RDONLY | O_NOFOLLOW | O_DIRECTORY },
		{ "open-accmode-3", O_ACCMODE }, { "open-async", O_RDONLY | O_ASYNC },
	};
	for (size_t i = 0; i < sizeof(how) / sizeof(*how); i++)
		for (size_t o = 0; o < OBJECTS; o++)
			opened(how[i].name, objects[o], open(at(objects[o]), how[i].flags, 0644));
	for (size_t o = 0; o < OBJECTS; o++)
		opened("creat", objects[o], creat(at(objects[o]), 0644));
}

/* A name of a socket is short: from within the directory. */
static long bound(const char *object)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int made = socket(AF_UNIX, SOCK_STREAM, 0), result, error;

	if (chdir(root))
		abort();
	strncpy(address.sun_path, object, sizeof(address.sun_path) - 1);
	result = bind(made, (struct sockaddr *)&address, sizeof(address));
	error = errno;
	close(made);
	if (chdir("/"))
		abort();
	errno = error;
	return result;
}

static void names(void)
{
	struct timespec times[2] = { { 1, 0 }, { 2, 0 } }, omitted[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };
	char *nothing[] = { NULL };
	char target[4096];

	for (size_t o = 0; o < OBJECTS; o++) {
		const char *object = objects[o];

		result("mkdir", object, mkdir(at(object), 0755));
		result("rmdir", object, rmdir(at(object)));
		result("unlink", object, unlink(at(object)));
		result("mknod-file", object, mknod(at(object), S_IFREG | 0644, 0));
		result("mknod-fifo", object, mknod(at(object), S_IFIFO | 0644, 0));
		result("symlink", object, symlink("x", at(object)));
		result("link-from", object, link(at(object), in_scratch("linked")));
		snprintf(other, sizeof(other), "%s/new", root);
		result("link-within", object, link(at(object), other));
		result("rename-within", object, rename(at(object), other));
		result("rename-noreplace", object, renameat2(AT_FDCWD, at(object), AT_FDCWD, other, RENAME_NOREPLACE));
		result("rename-exchange", object, renameat2(AT_FDCWD, at(object), AT_FDCWD, other, RENAME_EXCHANGE));
		result("rename-out", object, rename(at(object), in_scratch("moved")));
		close(creat(in_scratch("source"), 0600));
		result("rename-into", object, rename(other, at(object)));
		result("link-into", object, link(other, at(object)));
		unlink(other);
		mkdir(in_scratch("source"), 0700);
		result("rename-directory-into", object, rename(other, at(object)));
		rmdir(other);
		snprintf(other, sizeof(other), "%s/new", root);
		result("rename-whiteout", object, renameat2(AT_FDCWD, at(object), AT_FDCWD, other, RENAME_WHITEOUT));
		result("rename-unknown-flag", object, renameat2(AT_FDCWD, at(object), AT_FDCWD, other, 1 << 20));
		result("link-follow", object, linkat(AT_FDCWD, at(object), AT_FDCWD, other, AT_SYMLINK_FOLLOW));
		result("rename-to-itself", object, rename(at(object), at(object)));
		result("chmod", object, chmod(at(object), 0600));
		result("chown", object, chown(at(object), 1, 1));
		result("lchown", object, lchown(at(object), 1, 1));
		result("truncate", object, truncate(at(object), 0));
		result("truncate-negative", object, truncate(at(object), -1));
		result("utimensat", object, utimensat(AT_FDCWD, at(object), times, 0));
		result("utimensat-now", object, utimensat(AT_FDCWD, at(object), NULL, 0));
		result("utimensat-nofollow", object, utimensat(AT_FDCWD, at(object), times, AT_SYMLINK_NOFOLLOW));
		result("utimensat-omit", object, utimensat(AT_FDCWD, at(object), omitted, 0));
		result("mknod-device", object, mknod(at(object), S_IFCHR | 0644, 0x103));
		result("mknod-socket", object, mknod(at(object), S_IFSOCK | 0644, 0));
		result("bind", object, bound(object));
		result("execve", object, execve(at(object), nothing, nothing));
		result("readlink", object, readlink(at(object), target, sizeof(target)));
		result("readlink-short", object, readlink(at(object), target, 1));
		result("setxattr", object, setxattr(at(object), "user.x", "1", 1, 0));
		result("setxattr-trusted", object, setxattr(at(object), "trusted.x", "1", 1, 0));
		result("removexattr", object, removexattr(at(object), "user.x"));
		result("listxattr", object, listxattr(at(object), NULL, 0));
		result("getxattr", object, getxattr(at(object), "user.x", NULL, 0));
		result("lsetxattr", object, lsetxattr(at(object), "security.x", "1", 1, XATTR_CREATE));
		result("lremovexattr", object, lremovexattr(at(object), "trusted.x"));
		result("llistxattr", object, llistxattr(at(object), NULL, 0));
		result("lgetxattr-acl", object, lgetxattr(at(object), "system.posix_acl_access", NULL, 0));
		result("chdir", object, chdir(at(object)));
		if (chdir("/"))
			abort();
		for (int mode = 0; mode < 8; mode++) {
			char call[32];

			snprintf(call, sizeof(call), "access-%d", mode);
			result(call, object, access(at(object), mode));
			snprintf(call, sizeof(call), "faccessat2-effective-%d", mode);
			result(call, object, faccessat(AT_FDCWD, at(object), mode, AT_EACCESS));
		}
		result("faccessat-nofollow", object, faccessat(AT_FDCWD, at(object), W_OK, AT_SYMLINK_NOFOLLOW));
	}
}

static void attributes(void)
{
	for (size_t o = 0; o < OBJECTS; o++) {
		struct stat stat;
		struct statx extended;
		struct statfs system;
		const char *object = objects[o];
		int done;

		done = lstat(at(object), &stat);
		result("lstat-mode", object, done < 0 ? -1 : (long)stat.st_mode);
		result("lstat-links", object, done < 0 ? -1 : S_ISDIR(stat.st_mode) ? 0 : (long)stat.st_nlink);
		result("lstat-size", object, done < 0 ? -1 : S_ISDIR(stat.st_mode) ? 0 : (long)stat.st_size);
		result("lstat-mtime", object, done < 0 ? -1 : S_ISREG(stat.st_mode) ? (long)stat.st_mtime : 0);
		result("lstat-owner", object, done < 0 ? -1 : (long)stat.st_uid + stat.st_gid);
		done = statx(AT_FDCWD, at(object), 0, STATX_BASIC_STATS, &extended);
		done = fstatat(AT_FDCWD, at(object), &stat, 0);
		result("stat-mode", object, done < 0 ? -1 : (long)stat.st_mode);
		result("stat-rdev", object, done < 0 ? -1 : (long)stat.st_rdev);
		result("stat-nanoseconds", object, done < 0 ? -1 : stat.st_mtim.tv_nsec);
		done = statx(AT_FDCWD, at(object), 0, STATX_BASIC_STATS, &extended);
		result("statx-mask", object, done < 0 ? -1 : (long)(extended.stx_mask & STATX_BASIC_STATS));
		result("statx-sync", object, statx(AT_FDCWD, at(object), AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &extended));
		result("statx-dont-sync", object, statx(AT_FDCWD, at(object), AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &extended));
		result("statx-mode", object, done < 0 ? -1 : extended.stx_mode);
		result("statx-empty", object, statx(AT_FDCWD, "", 0, STATX_BASIC_STATS, &extended));
		done = statfs(at(object), &system);
		result("statfs-free", object, done < 0 ? -1 : (long)(system.f_bfree + system.f_bavail + system.f_ffree));
		result("statfs-any-blocks", object, done < 0 ? -1 : system.f_blocks > 0);
		result("statfs-any-files", object, done < 0 ? -1 : system.f_files > 0);
		result("statfs-longest-name", object, done < 0 ? -1 : (long)system.f_namelen);
		result("statfs-flags", object, done < 0 ? -1 : (long)(system.f_flags & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC)));
	}
}

/* Calls on an open file or directory. */
static void descriptors(void)
{
	static const char *open_objects[] = { "file", "dir" };

	for (size_t o = 0; o < 2; o++) {
		const char *object = open_objects[o];
		int fd = open(at(object), O_RDONLY), number = 0;
		long flags = 0;
		char bytes[64];
		struct iovec parts[2] = { { bytes, 3 }, { bytes + 3, 5 } };
		struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };

		if (fd < 0)
			abort();
		result("read-0", object, read(fd, bytes, 0));
		result("read", object, read(fd, bytes, 8));
		result("pread", object, pread(fd, bytes, 8, 4));
		result("pread-past-the-end", object, pread(fd, bytes, 8, 1 << 20));
		result("pread-negative", object, pread(fd, bytes, 8, -1));
		result("readv", object, preadv(fd, parts, 2, 0));
		result("preadv2-nowait-flags", object, preadv2(fd, parts, 2, 0, 0x40000000));
		result("pread-at-the-end", object, pread(fd, bytes, 8, 500 * 12));
		result("pread-across-the-end", object, pread(fd, bytes, 8, 500 * 12 - 3));
		result("pread-largest-offset", object, pread(fd, bytes, 1, INT64_MAX));
		result("preadv2-current", object, preadv2(fd, parts, 2, -1, 0));
		result("preadv2-hipri", object, preadv2(fd, parts, 2, 0, RWF_HIPRI));
		result("preadv2-dsync", object, preadv2(fd, parts, 2, 0, RWF_DSYNC));
		result("preadv2-append", object, preadv2(fd, parts, 2, 0, RWF_APPEND));
		result("preadv-negative", object, preadv(fd, parts, 2, -5));
		result("readv-none", object, readv(fd, parts, 0));
		result("read-fault", object, syscall(SYS_read, fd, 1L, 8L));
		result("pwritev2", object, pwritev2(fd, parts, 2, 0, RWF_APPEND));
		result("write", object, write(fd, bytes, 1));
		result("pwrite", object, pwrite(fd, bytes, 1, 0));
		result("ftruncate", object, ftruncate(fd, 0));
		result("fallocate", object, fallocate(fd, 0, 0, 1));
		result("fallocate-punch", object, fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1));
		result("fchmod", object, fchmod(fd, 0600));
		result("fchown", object, fchown(fd, 1, 1));
		result("futimens", object, futimens(fd, NULL));
		result("fsetxattr", object, fsetxattr(fd, "user.x", "1", 1, 0));
		result("fsetxattr-trusted", object, fsetxattr(fd, "trusted.x", "1", 1, 0));
		result("fremovexattr", object, fremovexattr(fd, "user.x"));
		result("fallocate-zero", object, fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 1));
		result("fallocate-nothing", object, fallocate(fd, 0, 0, 0));
		result("fchdir", object, fchdir(fd));
		if (chdir("/"))
			abort();
		result("fsync", object, fsync(fd));
		result("fdatasync", object, fdatasync(fd));
		result("syncfs", object, syncfs(fd));
		result("sync_file_range", object, sync_file_range(fd, 0, 1, SYNC_FILE_RANGE_WRITE));
		result("flock-shared", object, flock(fd, LOCK_SH | LOCK_NB));
		result("flock-exclusive", object, flock(fd, LOCK_EX | LOCK_NB));
		result("flock-unlock", object, flock(fd, LOCK_UN));
		result("setlk-read", object, fcntl(fd, F_SETLK, &lock));
		lock.l_type = F_WRLCK;
		result("setlk-write", object, fcntl(fd, F_SETLK, &lock));
		result("getlk", object, fcntl(fd, F_GETLK, &lock));
		result("ofd-setlk", object, (lock.l_type = F_RDLCK, lock.l_pid = 0, fcntl(fd, F_OFD_SETLK, &lock)));
		lock = (struct flock){ .l_type = F_UNLCK, .l_whence = SEEK_SET };
		result("setlk-unlock", object, fcntl(fd, F_SETLK, &lock));
		lock = (struct flock){ .l_type = F_RDLCK, .l_whence = SEEK_SET };
		result("setlkw-read", object, fcntl(fd, F_SETLKW, &lock));
		lock.l_start = -1;
		result("setlk-negative", object, fcntl(fd, F_SETLK, &lock));
		result("lease-read", object, fcntl(fd, F_SETLEASE, F_RDLCK));
		result("lease-write", object, fcntl(fd, F_SETLEASE, F_WRLCK));
		result("lease-unlock", object, fcntl(fd, F_SETLEASE, F_UNLCK));
		result("notify", object, fcntl(fd, F_NOTIFY, DN_DELETE));
		result("getfl", object, fcntl(fd, F_GETFL));
		result("setfl-append", object, fcntl(fd, F_SETFL, O_APPEND));
		result("setfl-none", object, fcntl(fd, F_SETFL, 0));
		result("get-seals", object, fcntl(fd, F_GET_SEALS));
		result("fadvise-dontneed", object, posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
		result("fadvise-unknown", object, posix_fadvise(fd, 0, 0, 99));
		result("fadvise", object, posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED));
		result("readahead", object, readahead(fd, 0, 100));
		result("ioctl-getflags", object, ioctl(fd, FS_IOC_GETFLAGS, &flags));
		result("ioctl-setflags", object, ioctl(fd, FS_IOC_SETFLAGS, &flags));
		result("ioctl-fionread", object, ioctl(fd, FIONREAD, &number) < 0 ? -1 : 0);
		result("ioctl-figetbsz", object, ioctl(fd, FIGETBSZ, &number) < 0 ? -1 : 0);
		result("ioctl-getversion", object, ioctl(fd, FS_IOC_GETVERSION, &flags));
		result("ioctl-fsgetxattr", object, ioctl(fd, FS_IOC_FSGETXATTR, &(struct fsxattr){ 0 }));
		result("ioctl-fiemap", object, ioctl(fd, FS_IOC_FIEMAP, &(struct fiemap){ .fm_length = ~0ULL }));
		result("ioctl-fibmap", object, ioctl(fd, FIBMAP, &number));
		result("ioctl-fionbio", object, ioctl(fd, FIONBIO, &number));
		result("ioctl-fitrim", object, ioctl(fd, FITRIM, &(struct fstrim_range){ 0 }));
		result("ioctl-unknown", object, ioctl(fd, _IO('Z', 90), 0));
		if (o == 0) {
			result("lseek-set", object, lseek(fd, 5, SEEK_SET));
			result("lseek-end", object, lseek(fd, 0, SEEK_END));
			result("lseek-data", object, lseek(fd, 0, SEEK_DATA));
			result("lseek-hole", object, lseek(fd, 0, SEEK_HOLE));
			result("lseek-data-past-the-end", object, lseek(fd, 1 << 20, SEEK_DATA));
			result("lseek-data-inside", object, lseek(fd, 17, SEEK_DATA));
			result("lseek-hole-inside", object, lseek(fd, 17, SEEK_HOLE));
			result("lseek-hole-past-the-end", object, lseek(fd, 1 << 20, SEEK_HOLE));
			result("lseek-data-negative", object, lseek(fd, -1, SEEK_DATA));
			result("lseek-before-the-start", object, (lseek(fd, 0, SEEK_SET), lseek(fd, -1, SEEK_CUR)));
			result("lseek-past-the-end", object, lseek(fd, 1 << 20, SEEK_SET));
			result("read-past-the-end", object, read(fd, bytes, 8));
			result("lseek-unknown", object, lseek(fd, 0, 99));
			result("lseek-negative", object, lseek(fd, -1, SEEK_SET));
		}
		close(fd);
	}
}

static sigjmp_buf outside;

static void leave(int signal)
{
	siglongjmp(outside, signal);
}

/* The byte there, or 1000 and the signal that it takes. */
static long touched(int fd, long offset)
{
	volatile char *memory = mmap(NULL, 4 * 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	int signal = sigsetjmp(outside, 1);
	long byte = signal;

	if (!signal) {
		sigaction(SIGBUS, &(struct sigaction){ .sa_handler = leave }, NULL);
		byte = memory[offset];
	} else {
		byte = 1000 + signal;
	}
	munmap((void *)memory, 4 * 4096);
	return byte;
}

static void mappings(void)
{
	static const struct { const char *name; int protection, flags; } how[] = {
		{ "mmap-read-shared", PROT_READ, MAP_SHARED }, { "mmap-read-private", PROT_READ, MAP_PRIVATE },
		{ "mmap-write-shared", PROT_READ | PROT_WRITE, MAP_SHARED }, { "mmap-write-private", PROT_READ | PROT_WRITE, MAP_PRIVATE },
		{ "mmap-exec-private", PROT_READ | PROT_EXEC, MAP_PRIVATE }, { "mmap-exec-shared", PROT_READ | PROT_EXEC, MAP_SHARED },
		{ "mmap-write-only", PROT_WRITE, MAP_SHARED }, { "mmap-none", PROT_NONE, MAP_PRIVATE }, { "mmap-populate", PROT_READ, MAP_PRIVATE | MAP_POPULATE },
		{ "mmap-neither", PROT_READ, 0 }, { "mmap-validate-sync", PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC },
	};
	int fd = open(at("file"), O_RDONLY), directory = open(at("dir"), O_RDONLY);

	for (size_t i = 0; i < sizeof(how) / sizeof(*how); i++) {
		char *memory = mmap(NULL, 4096, how[i].protection, how[i].flags, fd, 0);

		result(how[i].name, "file", memory == MAP_FAILED ? -1 : how[i].protection & PROT_READ ? memory[0] : 0);
		if (memory != MAP_FAILED) {
			result("msync", how[i].name, msync(memory, 4096, MS_SYNC));
			result("mprotect-write", how[i].name, mprotect(memory, 4096, PROT_READ | PROT_WRITE));
			munmap(memory, 4096);
		}
		memory = mmap(NULL, 4096, how[i].protection, how[i].flags, directory, 0);
		result(how[i].name, "dir", memory == MAP_FAILED ? -1 : 0);
	}
	result("mmap-odd-offset", "file", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 1) == MAP_FAILED ? -1 : 0);
	result("mmap-no-bytes", "file", mmap(NULL, 0, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
	result("mmap-path", "file", mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, open(at("file"), O_PATH), 0) == MAP_FAILED ? -1 : 0);
	result("mmap-touch-the-last-page", "file", touched(fd, 4096));
	result("mmap-touch-past-the-last-page", "file", touched(fd, 2 * 4096));
	close(fd);
	close(directory);
}

static void copies(void)
{
	int fd = open(at("file"), O_RDONLY), target = open(in_scratch("copy"), O_RDWR | O_CREAT | O_TRUNC, 0600), ends[2];
	off_t offset = 0;
	loff_t from = 1;
	char *aligned;

	if (pipe(ends) || posix_memalign((void **)&aligned, 4096, 4096))
		abort();
	result("sendfile", "file", sendfile(target, fd, &offset, 100));
	result("sendfile-into", "file", sendfile(fd, target, NULL, 10));
	result("splice", "file", splice(fd, &from, ends[1], NULL, 10, 0));
	result("splice-into", "file", splice(ends[0], NULL, fd, &from, 10, 0));
	from = 0;
	result("copy_file_range-out", "file", copy_file_range(fd, &from, target, NULL, 100, 0));
	result("copy_file_range-within", "file", copy_file_range(fd, &from, fd, NULL, 10, 0));
	result("copy_file_range-flags", "file", copy_file_range(fd, &from, target, NULL, 10, 1));
	from = 1 << 20;
	result("copy_file_range-past-the-end", "file", copy_file_range(fd, &from, target, NULL, 10, 0));
	result("splice-past-the-end", "file", splice(fd, &from, ends[1], NULL, 10, SPLICE_F_NONBLOCK));
	from = -1;
	result("copy_file_range-negative", "file", copy_file_range(fd, &from, target, NULL, 10, 0));
	offset = -1;
	result("sendfile-negative", "file", sendfile(target, fd, &offset, 10));
	offset = 1 << 20;
	result("sendfile-past-the-end", "file", sendfile(target, fd, &offset, 10));
	offset = 0;
	result("sendfile-pipe", "file", sendfile(ends[1], fd, &offset, 100));
	result("ioctl-ficlone-from", "file", ioctl(target, FICLONE, fd));
	result("tee", "file", tee(fd, ends[1], 10, 0));
	result("copy_file_range-into", "file", copy_file_range(target, NULL, fd, NULL, 100, 0));
	result("ioctl-ficlone-into", "file", ioctl(fd, FICLONE, target));
	close(fd);
	opened("direct-open", "dir", open(at("dir"), O_RDONLY | O_DIRECT));
	fd = open(at("file"), O_RDONLY | O_DIRECT);
	result("direct-open", "file", fd < 0 ? -1 : 0);
	result("direct-read", "file", read(fd, aligned, 4096));
	result("direct-read-odd", "file", pread(fd, aligned + 1, 100, 7));
	result("direct-read-past-the-end", "file", pread(fd, aligned, 4096, 8192));
	close(fd);
	close(target);
	unlink(in_scratch("copy"));
}

static void listings(void)
{
	char buffer[32768];
	int fd = open(at("dir"), O_RDONLY | O_DIRECTORY), entries = 0, found = 0;
	long length;
	struct dirent64 *all[64];
	static char kept[32768];

	result("getdents-1", "dir", syscall(SYS_getdents64, fd, buffer, 1));
	result("getdents-file", "file", ({ int file = open(at("file"), O_RDONLY); long got = syscall(SYS_getdents64, file, buffer, 100); int error = errno; close(file); errno = error; got; }));
	/* 32 bytes at a time: one name, or EINVAL for one that is longer. */
	while ((length = syscall(SYS_getdents64, fd, buffer, 32)) > 0)
		entries++;
	result("getdents-32", "dir", length < 0 ? -1 : entries);
	lseek(fd, 0, SEEK_SET);
	length = syscall(SYS_getdents64, fd, kept, sizeof(kept));
	for (long place = 0; place < length; place += all[entries - 1]->d_reclen) {
		if (place == 0)
			entries = 0;
		all[entries++] = (struct dirent64 *)(kept + place);
	}
	result("getdents-entries", "dir", entries);
	/* From the offset of each entry the next one is read. */
	for (int i = 0; i + 1 < entries; i++) {
		lseek(fd, all[i]->d_off, SEEK_SET);
		if (syscall(SYS_getdents64, fd, buffer, sizeof(buffer)) > 0)
			found += strcmp(((struct dirent64 *)buffer)->d_name, all[i + 1]->d_name) == 0;
	}
	result("getdents-from-each-offset", "dir", entries - 1 - found);
	lseek(fd, all[entries - 1]->d_off, SEEK_SET);
	/* The same 32 bytes at a time, where there is room for one name and no more. */
	for (int i = found = 0; i + 1 < entries; i++) {
		lseek(fd, all[i]->d_off, SEEK_SET);
		if (syscall(SYS_getdents64, fd, buffer, 32) > 0)
			found += strcmp(((struct dirent64 *)buffer)->d_name, all[i + 1]->d_name) == 0;
	}
	result("getdents-32-from-each-offset", "dir", entries - 1 - found);
	lseek(fd, 0, SEEK_SET);
	result("getdents-23", "dir", syscall(SYS_getdents64, fd, buffer, 23));
	result("getdents-fault", "dir", syscall(SYS_getdents64, fd, 1L, 4096L));
	result("lseek-negative", "dir", lseek(fd, -1, SEEK_SET));
	{
		int longer = open(at("dir/sub"), O_RDONLY | O_DIRECTORY), number = 0;

		/* One of its names does not fit. */
		while ((length = syscall(SYS_getdents64, longer, buffer, 32)) > 0)
			number++;
		result("getdents-32-too-long", "dir/sub", length < 0 ? -1 : number);
		close(longer);
	}
	lseek(fd, all[entries - 1]->d_off, SEEK_SET);
	result("getdents-from-the-end", "dir", syscall(SYS_getdents64, fd, buffer, sizeof(buffer)));
	close(fd);
}

static void handles(void)
{
	static const char *with_handle[] = { "file", "dir", "link" };
	struct { struct file_handle handle; char more[MAX_HANDLE_SZ]; } space;
	int mount, fd, up = open(root, O_RDONLY | O_DIRECTORY);

	for (size_t o = 0; o < OBJECTS; o++) {
		space.handle.handle_bytes = MAX_HANDLE_SZ;
		result("name_to_handle_at-any", objects[o], name_to_handle_at(AT_FDCWD, at(objects[o]), &space.handle, &mount, 0));
	}
	for (size_t o = 0; o < 3; o++) {
		struct stat before, after;

		space.handle.handle_bytes = 0;
		result("name_to_handle_at-small", with_handle[o], name_to_handle_at(AT_FDCWD, at(with_handle[o]), &space.handle, &mount, 0));
		space.handle.handle_bytes = MAX_HANDLE_SZ;
		result("name_to_handle_at", with_handle[o], name_to_handle_at(AT_FDCWD, at(with_handle[o]), &space.handle, &mount, 0));
		fd = open_by_handle_at(up, &space.handle, O_PATH);
		result("open_by_handle_at", with_handle[o], fd < 0 ? -1
			: fstat(fd, &after) || lstat(at(with_handle[o]), &before) || before.st_ino != after.st_ino);
		if (fd >= 0)
			close(fd);
	}
	memset(space.more, 0xFE, sizeof(space.more));
	result("open_by_handle_at-nonsense", "file", open_by_handle_at(up, &space.handle, O_PATH));
	space.handle.handle_bytes = 4;
	result("open_by_handle_at-short", "file", open_by_handle_at(up, &space.handle, O_PATH));
	close(up);
}

static void watches(void)
{
	int watch = inotify_init1(IN_CLOEXEC), every = fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);

	for (size_t o = 0; o < OBJECTS; o++)
		result("inotify", objects[o], inotify_add_watch(watch, at(objects[o]), IN_ALL_EVENTS) < 0 ? -1 : 0);
	for (size_t o = 0; o < OBJECTS; o++)
		result("inotify-onlydir", objects[o], inotify_add_watch(watch, at(objects[o]), IN_OPEN | IN_ONLYDIR | IN_DONT_FOLLOW) < 0 ? -1 : 0);
	for (size_t o = 0; o < OBJECTS; o++) {
		result("fanotify", objects[o], fanotify_mark(every, FAN_MARK_ADD, FAN_OPEN | FAN_CLOSE, AT_FDCWD, at(objects[o])));
		result("fanotify-mount", objects[o], fanotify_mark(every, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN, AT_FDCWD, at(objects[o])));
	}
	close(every);
	every = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME, O_RDONLY);
	for (size_t o = 0; o < OBJECTS; o++)
		result("fanotify-names", objects[o], fanotify_mark(every, FAN_MARK_ADD, FAN_CREATE | FAN_DELETE | FAN_ONDIR, AT_FDCWD, at(objects[o])));
	close(every);
	close(watch);
}

/* Writes the handle of a file into another. */
static int save(const char *path, const char *to)
{
	struct { struct file_handle handle; char more[MAX_HANDLE_SZ]; } space = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount, fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	return name_to_handle_at(AT_FDCWD, path, &space.handle, &mount, 0) || write(fd, &space, sizeof(space)) != sizeof(space);
}

/* Prints the path of what a handle leads to, or the error. */
static int lead(const char *from)
{
	struct { struct file_handle handle; char more[MAX_HANDLE_SZ]; } space;
	char link[64], path[4096];
	ssize_t length;
	int up = open(root, O_RDONLY | O_DIRECTORY), fd = open(from, O_RDONLY);

	if (read(fd, &space, sizeof(space)) != sizeof(space))
		return 1;
	fd = open_by_handle_at(up, &space.handle, O_RDONLY);
	if (fd < 0) {
		puts(strerror(errno));
		return 0;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	path[length < 0 ? 0 : length] = 0;
	puts(path);
	for (length = read(fd, path, sizeof(path)); length > 0; length = read(fd, path, sizeof(path)))
		fwrite(path, 1, length, stdout);
	return 0;
}

int main(int count, char **arguments)
{
	if (count == 4) {
		root = arguments[2];
		return strcmp(arguments[1], "save") ? lead(arguments[3]) : save(arguments[2], arguments[3]);
	}
	if (count != 3)
		return 2;
	root = arguments[1];
	scratch = arguments[2];
	opens();
	names();
	attributes();
	descriptors();
	mappings();
	copies();
	listings();
	handles();
	watches();
	return 0;
}
