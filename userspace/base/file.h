/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_FILE_H
#define FDR_BASE_FILE_H

#include "error.h"

/*
 * The first line of a small file (/proc, /sys), without its newline, cut to
 * @size.  On failure negative errno, and @buf is not touched.
 */
int fdr_read_line(const char *path, char *buf, size_t size);

/*
 * Locks an open file for this process alone.  -EWOULDBLOCK: another one has it, also
 * after a moment: a child that a process had forked when it was killed holds the lock
 * until it has executed its program.
 */
int fdr_lock_file(int fd);

/*
 * The whole text of a regular file of at most @max bytes, with a NUL behind it, to be
 * freed.  -EINVAL: no regular file, or no text; -EFBIG; -ENOENT, -EACCES ...
 */
int fdr_read_text(const char *path, size_t max, char **ret, struct fdr_error *e);

#endif /* FDR_BASE_FILE_H */
