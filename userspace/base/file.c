// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

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
