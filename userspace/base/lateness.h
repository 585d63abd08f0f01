/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_LATENESS_H
#define FDR_BASE_LATENESS_H

#include "macro.h"

/* From below 1 ns to the longest int64_t, 16 steps to the octave. */
#define FDR_LATENESS_BUCKETS	960

/*
 * How late a schedule was kept, by us: counters, so that keeping them costs a
 * question next to nothing.  What was left out for being too late counts as that late.
 */
struct fdr_lateness {
	uint64_t asked;
	uint64_t skipped;		/* left out */
	int64_t max_ns;
	uint32_t buckets[FDR_LATENESS_BUCKETS];
};

void fdr_lateness_reset(struct fdr_lateness *l);
void fdr_lateness_asked(struct fdr_lateness *l, int64_t late_ns);
/* @n turns were left out, the oldest when it was @late_ns late. */
void fdr_lateness_skipped(struct fdr_lateness *l, uint64_t n, int64_t late_ns);
/*
 * @per_mille of all were no later than this, which is at most a sixteenth
 * too much.  0 without any.
 */
int64_t fdr_lateness_quantile(const struct fdr_lateness *l, unsigned int per_mille);

#endif /* FDR_BASE_LATENESS_H */
