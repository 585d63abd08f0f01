// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "clock.h"

#define LOCK_WAIT_NS	(5 * FDR_NS_PER_S)

int fdr_read_line(const char *path, char *buf, size_t size)
{
	int fd FDR_CLEANUP_CLOSE = open(path, O_RDONLY | O_CLOEXEC);
	char line[4096];
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, line, sizeof(line) - 1);
	if (n < 0)
		return -errno;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	snprintf(buf, size, "%s", line);
	return 0;
}

int fdr_lock_file(int fd)
{
	const struct timespec pause = { .tv_nsec = 20 * FDR_NS_PER_MS };
	int64_t until_ns = fdr_now_ns() + LOCK_WAIT_NS;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || fdr_now_ns() >= until_ns)
			return -errno;
		nanosleep(&pause, NULL);
	}
	return 0;
}
