/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading what the kernel tells userspace in small files, where it exports no other way. */
#ifndef FDR_PEEK_H
#define FDR_PEEK_H

#include <linux/types.h>

/*
 * Read a file below /sys or /proc as the caller sees it: up to @size - 1 bytes
 * and a NUL.  May sleep; how many, or negative errno.
 */
ssize_t fdr_peek(const char *path, char *buf, size_t size);

/*
 * The names in a directory, without "." and "..", each with its NUL and an
 * empty one at the end; for kvfree().  An ERR_PTR where that cannot be.  May sleep.
 */
char *fdr_peek_names(const char *path);

#endif /* FDR_PEEK_H */
