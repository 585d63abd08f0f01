/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_WORKLOAD_OPEN_LOOP_H
#define FDR_WORKLOAD_OPEN_LOOP_H

#include "arrivals.h"
#include "workload.h"

/*
 * What all workloads share: requests at the instants of a schedule that is fixed in
 * advance, whatever became of those before (open loop); how many may be under way,
 * when one is given up, when a success is late, and how each is reported.  A kind says
 * how one request is sent, and tells when it has ended.  In the poller's thread alone.
 */
struct fdr_open_loop;

/* The first member of the kind's own structure for a request (request_size). */
struct fdr_open_request {
	struct fdr_open_loop *loop;
	uint64_t seq;
	int64_t intended_ns;
	int64_t begun_ns;	/* when send() was called; the deadline counts from it */
	struct fdr_open_request *prev, *next;	/* among those under way, oldest first; spare */
};

struct fdr_open_outcome {
	int64_t sent_ns;	/* 0: when send() was called */
	int64_t done_ns;	/* 0: now */
	/* OK, ERROR or TIMEOUT: whether a success is late is judged here, not by the kind. */
	enum fdr_request_status status;
	int code;		/* the protocol's; 0 = none */
	const char *served_by;	/* NULL: "" */
	const char *detail;	/* NULL: "", or the usual words */
};

struct fdr_open_ops {
	size_t request_size;	/* of the kind's structure; what follows the base is zeroed */
	/*
	 * Begins it.  0: fdr_open_loop_done() follows exactly once, from here or later.
	 * Negative: it was not sent, and @e says why.
	 */
	int (*send)(void *kind, struct fdr_open_request *q, struct fdr_error *e);
	/*
	 * Its time is over, or the workload ends: the kind forgets @q, and does not say
	 * done.  @o is filled in (a timeout), and may be made more exact.  NULL: the kind
	 * keeps the timeout itself.
	 */
	void (*give_up)(void *kind, struct fdr_open_request *q, struct fdr_open_outcome *o);
};

struct fdr_open_loop {
	const struct fdr_workload_env *env;
	const struct fdr_open_ops *ops;
	void *kind;
	struct fdr_arrivals arrivals;
	struct fdr_poll_timer *timer;		/* of the schedule */
	struct fdr_poll_timer *deadline;	/* of the oldest one under way */
	struct fdr_open_request *first, *last, *spare;
	int64_t timeout_ns, late_ns;
	uint64_t max_in_flight;
	uint64_t seq;
	size_t pending;
	bool draining, ending;
};

/* The rows of these options, for the kind's table. */
#define FDR_OPEN_LOOP_OPTIONS \
	{ .name = "rate", .type = FDR_OPT_RATE, .def = "100/s", .min = 1, .max = 100000000, \
	  .summary = "requests a second" }, \
	{ .name = "arrivals", .type = FDR_OPT_CHOICE, .choices = "fixed|poisson", \
	  .def = "fixed", .summary = "evenly spaced, or at random with that mean rate" }, \
	{ .name = "timeout", .type = FDR_OPT_TIME, .def = "5s", .min = 1000000, \
	  .max = 3600000000000, .summary = "from sending; then the request is given up" }, \
	{ .name = "late", .type = FDR_OPT_TIME, .def = "1s", .min = 1000000, \
	  .max = 3600000000000, \
	  .summary = "from the intended instant; a later success is \"late\"" }, \
	{ .name = "max_in_flight", .type = FDR_OPT_U64, .def = "1000", .min = 1, \
	  .max = 100000, .summary = "beyond it requests are not sent and count as errors" }

/* Reads the options.  @env and @ops stay the caller's; fdr_open_loop_clear() after a failure. */
int fdr_open_loop_init(struct fdr_open_loop *l, const struct fdr_workload_env *env,
		       const struct fdr_opts *opts, const struct fdr_open_ops *ops, void *kind,
		       struct fdr_error *e);
/* Begins the schedule now. */
void fdr_open_loop_begin(struct fdr_open_loop *l);
/* Reports a request; @q is no longer the kind's. */
void fdr_open_loop_done(struct fdr_open_request *q, const struct fdr_open_outcome *o);
/* No more is sent. */
void fdr_open_loop_drain(struct fdr_open_loop *l);
/*
 * Drains, and gives up what is under way.  A kind that keeps its own timeouts ends its
 * requests after this and before clear(), each as timed out.
 */
void fdr_open_loop_end(struct fdr_open_loop *l);
void fdr_open_loop_clear(struct fdr_open_loop *l);

/*
 * Room for @n descriptors beyond those of the rest of the process: better refused at
 * the start than reported as a failure of the service.  @what is the option to lower.
 */
int fdr_open_loop_reserve_files(uint64_t n, const char *what, struct fdr_error *e);

#endif /* FDR_WORKLOAD_OPEN_LOOP_H */
