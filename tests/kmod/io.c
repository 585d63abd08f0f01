// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * io - unbuffered operations on a device or file, one after the other.
 *
 *	io read|write|flush|discard PATH COUNT
 *	io hold PATH		keeps it open exclusively until SIGTERM
 *
 * Prints one letter for each ("." fine, "E" failed) and the name of the last
 * error, or "-".  Each operation is on the next block of 4 KiB.
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

static int one(const char *op, int fd, void *block, off_t at)
{
	uint64_t range[2] = { at, BLOCK };

	if (!strcmp(op, "read"))
		return pread(fd, block, BLOCK, at) == BLOCK ? 0 : -1;
	if (!strcmp(op, "write"))
		return pwrite(fd, block, BLOCK, at) == BLOCK ? 0 : -1;
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
	void *block;
	int fd;

	if (argc == 3 && !strcmp(argv[1], "hold"))
		return hold(argv[2]);
	if (argc != 4) {
		fprintf(stderr, "usage: io read|write|flush|discard PATH COUNT, or io hold PATH\n");
		return 2;
	}
	fd = open(argv[2], (strcmp(argv[1], "read") ? O_RDWR : O_RDONLY) | O_DIRECT | O_CLOEXEC);
	if (fd < 0 || posix_memalign(&block, BLOCK, BLOCK)) {
		perror(argv[2]);
		return 2;
	}
	memset(block, 'x', BLOCK);
	for (int i = 0; i < atoi(argv[3]); i++) {
		if (one(argv[1], fd, block, (off_t)i * BLOCK) < 0) {
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
