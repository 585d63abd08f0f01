/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_WORKLOAD_WORKER_POOL_H
#define FDR_WORKLOAD_WORKER_POOL_H

#include "workload.h"

/*
 * Workloads whose requests block (libraries without an asynchronous interface, fsync,
 * commands): the open loop's requests run in a fixed number of threads.  A request that
 * finds none free waits in a queue, and its latency counts from its intended instant
 * all the same, so that a stall is not hidden by what was sent late.  It counts as sent,
 * and its timeout runs, from when it came into the queue.
 *
 * A thread that does not come back (a hung disk, a peer that is gone) holds up nobody:
 * its request is reported as timed out, the others go on, and at the end it is left
 * behind.  So what a thread uses belongs to the pool or to the thread, never to the
 * poller's side: the pool's memory goes when the last thread has.
 */

/* What a thread is to do, and what came of it. */
struct fdr_job {
	uint64_t seq;
	int64_t intended_ns;
	int64_t deadline_ns;	/* then it is reported as timed out, whatever run() does */

	/* Set by the pool before and after run(), which may set them more exactly. */
	int64_t sent_ns, done_ns;
	/* Of run(): OK, ERROR or TIMEOUT; zeroed before it, which is OK. */
	enum fdr_request_status status;
	int code;
	char served_by[128];
	char detail[160];
};

struct fdr_worker_ops {
	/* In the thread, before its first job.  NULL: out of memory, and its jobs fail. */
	void *(*open)(void *shared, unsigned int index);
	/* In the thread: one request, blocking. */
	void (*run)(void *worker, struct fdr_job *job);
	/* In the thread, when it ends; not to block. */
	void (*close)(void *worker);
	/* Once, in whatever thread is the last. */
	void (*free_shared)(void *shared);
};

/* Of the kind's table, beside FDR_OPEN_LOOP_OPTIONS. */
#define FDR_WORKER_POOL_OPTIONS \
	{ .name = "workers", .type = FDR_OPT_U64, .def = "16", .min = 1, .max = 1024, \
	  .summary = "requests at a time, each by a worker of its own; the others wait" }

/*
 * Starts threads and schedule; for a kind's .start.  @shared is the threads' alone from
 * here on, also where this fails: options that they need are copied into it.
 */
int fdr_pooled_start(const struct fdr_workload_env *env, const struct fdr_opts *opts,
		     const struct fdr_worker_ops *ops, void *shared, void **ret_state,
		     struct fdr_error *e);
/* For the kind's row as they are. */
void fdr_pooled_drain(void *state);
void fdr_pooled_stop(void *state);
size_t fdr_pooled_pending(const void *state);
/* What fdr_pooled_start() was given. */
void *fdr_pooled_shared(void *state);

#endif /* FDR_WORKLOAD_WORKER_POOL_H */
