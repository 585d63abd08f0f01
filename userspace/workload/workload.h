/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_WORKLOAD_WORKLOAD_H
#define FDR_WORKLOAD_WORKLOAD_H

#include "base/obs.h"
#include "base/opts.h"
#include "base/poller.h"

/*
 * A workload sends requests on their schedule whether or not earlier ones have
 * come back (open loop), and reports each through the sink when it ends.
 * One file a kind, one row in workload_kinds[] (workload.c).
 */
struct fdr_ledger;
struct fdr_ledger_reading;

struct fdr_workload_env {
	const char *name;
	struct fdr_poller *poller;
	const struct fdr_sink *sink;
	uint64_t seed;
	uint64_t first_seq;		/* the number of the first request */
	/* Each request stores fdr_ledger_make(ledger, seq); NULL: no ledger mode. */
	const struct fdr_ledger *ledger;
};

struct fdr_workload_ops {
	struct fdr_kind kind;
	int (*start)(const struct fdr_workload_env *env, const struct fdr_opts *opts,
		     void **ret_state, struct fdr_error *e);
	/* Stops sending; requests under way are reported as they end or time out. */
	void (*drain)(void *state);
	/* Frees at once; requests still under way are reported as timed out. */
	void (*stop)(void *state);
	/* Requests in flight. */
	size_t (*pending)(const void *state);
	/*
	 * Ledger mode (ledger.h); NULL: the kind has none.  Reads every record of the ledger
	 * that one copy holds into r->view, blocking, in whatever thread; independent of what
	 * start() made.  0: all was read; negative: not, and @e says why.
	 */
	int (*read_back)(struct fdr_ledger_reading *r, struct fdr_error *e);
};

struct fdr_workload;

const struct fdr_workload_ops *const *fdr_workload_kinds(size_t *ret_n);
const struct fdr_workload_ops *fdr_workload_kind(const char *name);

int fdr_workload_start(const struct fdr_workload_ops *ops, const struct fdr_workload_env *env,
		       const struct fdr_opts *opts, struct fdr_workload **ret,
		       struct fdr_error *e);
void fdr_workload_drain(struct fdr_workload *w);
size_t fdr_workload_pending(const struct fdr_workload *w);
struct fdr_workload *fdr_workload_stop(struct fdr_workload *w);

#endif /* FDR_WORKLOAD_WORKLOAD_H */
