// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * io - unbuffered operations on a device or file, one after the other.
 *
 *	io read|write|flush|discard PATH COUNT [SIZE AT]
 *	io hold PATH		keeps it open exclusively until SIGTERM
 *
 * Prints one letter for each ("." fine, "E" failed) and the name of the last
 * error, or "-".  Each operation is on the next block of SIZE bytes (4 KiB), the
 * first of them AT bytes from the start (0).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BLOCK 4096

static int one(const char *op, int fd, void *block, size_t size, off_t at)
{
	uint64_t range[2] = { at, size };

	if (!strcmp(op, "read"))
		return pread(fd, block, size, at) == (ssize_t)size ? 0 : -1;
	if (!strcmp(op, "write"))
		return pwrite(fd, block, size, at) == (ssize_t)size ? 0 : -1;
	if (!strcmp(op, "flush"))
		return fsync(fd);
	if (!strcmp(op, "discard"))
		return ioctl(fd, BLKDISCARD, range);
	errno = EINVAL;
	return -1;
}

static int hold(const char *path)
{
	int fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);

	if (fd < 0) {
		perror(path);
		return 2;
	}
	printf("held\n");
	fflush(stdout);
	return pause();
}

int main(int argc, char **argv)
{
	const char *error = "-";
	size_t size = BLOCK;
	off_t at = 0;
	void *block;
	int fd;

	if (argc == 3 && !strcmp(argv[1], "hold"))
		return hold(argv[2]);
	if (argc != 4 && argc != 6) {
		fprintf(stderr,
			"usage: io read|write|flush|discard PATH COUNT [SIZE AT], or io hold PATH\n");
		return 2;
	}
	if (argc == 6) {
		size = strtoul(argv[4], NULL, 10);
		at = strtoll(argv[5], NULL, 10);
	}
	fd = open(argv[2], (strcmp(argv[1], "read") ? O_RDWR : O_RDONLY) | O_DIRECT | O_CLOEXEC);
	if (fd < 0 || posix_memalign(&block, BLOCK, size)) {
		perror(argv[2]);
		return 2;
	}
	memset(block, 'x', size);
	for (int i = 0; i < atoi(argv[3]); i++) {
		if (one(argv[1], fd, block, size, at + i * (off_t)size) < 0) {
			error = strerrorname_np(errno);
			putchar('E');
		} else {
			putchar('.');
		}
	}
	printf(" %s\n", error);
	free(block);
	close(fd);
	return 0;
}
