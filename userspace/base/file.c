// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
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

int fdr_read_text(const char *path, size_t max, char **ret, struct fdr_error *e)
{
	/* Nothing that is opened by mistake (a FIFO, a terminal) may keep us. */
	int fd FDR_CLEANUP_CLOSE = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text FDR_CLEANUP_FREE = NULL;
	struct stat st;
	size_t size = 0;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fdr_err(e, -errno, "cannot read %.300s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fdr_err(e, -EINVAL, "cannot read %.300s: it is no regular file", path);
	text = malloc(max + 2);
	if (!text)
		return fdr_err(e, -ENOMEM, "out of memory");
	/* One byte more than allowed tells what is too long, also where it grows meanwhile. */
	while (size <= max && (n = read(fd, text + size, max + 1 - size)) != 0) {
		if (n < 0 && errno != EINTR)
			return fdr_err(e, -errno, "cannot read %.300s: %s", path, strerror(errno));
		size += n > 0 ? (size_t)n : 0;
	}
	if (size > max)
		return fdr_err(e, -EFBIG, "%.300s is larger than %zu KiB: no configuration is", path,
			       max >> 10);
	if (memchr(text, '\0', size))
		return fdr_err(e, -EINVAL, "%.300s is no text: it holds a NUL", path);
	text[size] = '\0';
	*ret = FDR_TAKE_PTR(text);
	return 0;
}
