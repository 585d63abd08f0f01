/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_WORKLOAD_FILE_CHILD_H
#define FDR_WORKLOAD_FILE_CHILD_H

#include <sys/types.h>

#include "base/clock.h"

/*
 * A process that writes files for us.  On a disk that hangs it sleeps where no signal
 * wakes it, for minutes maybe, and a program with a thread like that cannot end: so
 * whoever writes is a process of its own, which can be left behind.
 */
enum fdr_file_step {
	FDR_FILE_OPEN, FDR_FILE_WRITE, FDR_FILE_SYNC, FDR_FILE_RENAME, FDR_FILE_SYNC_DIR,
	FDR_FILE_DONE
};

struct fdr_file_order {
	char path[240], final[240];	/* relative to the directory; final "": no rename */
	int flags;			/* of open() */
	bool datasync, sync, sync_dir;
};

struct fdr_file_answer {
	enum fdr_file_step step;	/* DONE, or what failed */
	int err;
	int64_t begun_ns, done_ns;
};

struct fdr_file_child {
	pid_t pid;			/* 0: there is none */
	int fd;
	void *data;			/* shared with it: @size bytes to write */
	size_t size;
};

/* @size bytes are shared, at a page's beginning.  @dirfd is the directory. */
int fdr_file_child_start(int dirfd, size_t size, struct fdr_file_child *ret);
/* Has it done; blocks until it has.  -EPIPE: it is gone. */
int fdr_file_child_run(struct fdr_file_child *c, const struct fdr_file_order *o,
		       struct fdr_file_answer *ret);
/* Lets it go.  It is not in a call. */
void fdr_file_child_end(struct fdr_file_child *c);

/* A file as it was read: its beginning, from the disk and not from the page cache. */
struct fdr_file_found {
	char name[256];			/* "": the end; @err says whether it was whole */
	int err;
	uint32_t n;
	char data[8192];
};

/*
 * Reads all files of a directory whose names begin with @prefix, by a process of its own.
 * @cb gets each.  -ETIMEDOUT: not all by the deadline; negative errno of the directory.
 */
int fdr_file_child_read_all(const char *dir, const char *prefix, int64_t deadline_ns,
			    void (*cb)(void *userdata, const struct fdr_file_found *f),
			    void *userdata);

#endif /* FDR_WORKLOAD_FILE_CHILD_H */
