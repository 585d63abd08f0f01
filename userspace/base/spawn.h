/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_SPAWN_H
#define FDR_BASE_SPAWN_H

#include <sys/types.h>

#include "error.h"

/* A child process with pipes on its standard descriptors; ours are close-on-exec. */
struct fdr_child {
	pid_t pid;
	int in_fd;		/* we write, it reads */
	int out_fd, err_fd;	/* it writes, we read */
};

/*
 * Starts argv[0], found in PATH where it holds no slash, in a session of its
 * own: Ctrl-C on our terminal is ours to handle, and it cannot ask questions
 * there.  It gets the default signal handling and mask.  -ENOENT, -EACCES ...:
 * it could not be run.
 */
int fdr_spawn(const char *const *argv, struct fdr_child *ret, struct fdr_error *e);

/*
 * Ends the child (its whole process group): SIGTERM, and SIGKILL after
 * @grace_ns.  Reaps it and gives its wait status.  Blocks for about @grace_ns
 * at most.
 */
int fdr_spawn_end(pid_t pid, int64_t grace_ns, int *ret_status);
/* Reaps the child if it has ended: 1, 0 if it still runs, negative errno. */
int fdr_spawn_poll(pid_t pid, int *ret_status);
/* Becomes readable when the child ends. */
int fdr_spawn_pidfd(pid_t pid);

/* "exited with status 255", "was killed by signal 9 (Killed)" */
const char *fdr_spawn_status(int status, char *buf, size_t size);

#endif /* FDR_BASE_SPAWN_H */
