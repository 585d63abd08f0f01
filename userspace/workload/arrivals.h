/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_WORKLOAD_ARRIVALS_H
#define FDR_WORKLOAD_ARRIVALS_H

#include "base/clock.h"

enum fdr_arrivals_kind { FDR_ARRIVALS_FIXED, FDR_ARRIVALS_POISSON };

/* The instants at which requests are to be sent: fixed in advance by rate and seed. */
struct fdr_arrivals {
	enum fdr_arrivals_kind kind;
	uint64_t rate;		/* per 1000 s, as FDR_OPT_RATE has it */
	int64_t start_ns;
	uint64_t n;		/* drawn so far */
	double sum;		/* POISSON: ns since the start */
	uint64_t state;		/* of the generator */
};

void fdr_arrivals_init(struct fdr_arrivals *a, enum fdr_arrivals_kind kind, uint64_t rate,
		       uint64_t seed, int64_t start_ns);
/* The next one: never before the one before it. */
int64_t fdr_arrivals_next(struct fdr_arrivals *a);

#endif /* FDR_WORKLOAD_ARRIVALS_H */
