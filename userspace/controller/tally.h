/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_TALLY_H
#define FDR_CONTROLLER_TALLY_H

#include <jansson.h>

#include "base/obs.h"

/* Requests counted: those of the present second, and all. */
struct fdr_tally_count {
	uint64_t ok, late, errors, timeouts;
};

#define FDR_TALLY_BUCKETS	(64 * 32)

struct fdr_tally {
	struct fdr_tally_count now, all;
	int64_t *latency_ns;		/* of the present second's successes, exact */
	size_t n, capacity;
	/* Of all successes, in buckets of at most 1/32 of their value. */
	uint64_t buckets[FDR_TALLY_BUCKETS];
	int64_t max_ns;
	char why[160];			/* of the present second's last failure */
	bool failed;			/* out of memory: quantiles lack some */
};

void fdr_tally_add(struct fdr_tally *t, const struct fdr_request *r);
/* Of the present second; 0 where there was no success.  Sorts. */
int64_t fdr_tally_quantile(struct fdr_tally *t, double p);
/* Of all, rounded up to the end of its bucket. */
int64_t fdr_tally_quantile_all(const struct fdr_tally *t, double p);
/* The next second begins. */
void fdr_tally_next(struct fdr_tally *t);
void fdr_tally_clear(struct fdr_tally *t);

static inline uint64_t fdr_tally_successes(const struct fdr_tally_count *c)
{
	return c->ok + c->late;
}

static inline uint64_t fdr_tally_failures(const struct fdr_tally_count *c)
{
	return c->errors + c->timeouts;
}

#endif /* FDR_CONTROLLER_TALLY_H */
