/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_EFFICIENCY_H
#define FDR_ENGINE_EFFICIENCY_H

#include "raw.h"

/*
 * Successful transactions per second of processor time of the nodes that serve: before
 * the fault, from its onset until service is back, and after that.
 */
struct fdr_efficiency_times {
	int64_t from_ns, onset_ns, back_ns, end_ns;	/* our CLOCK_MONOTONIC, in order */
	const char *until;		/* what back_ns is: "served", "undone", "end" */
};

/* When the three periods begin and end; @served_ns 0: it was never interrupted or never back. */
void fdr_efficiency_times(const struct fdr_raw *raw, const json_t *plan, int64_t onset_ns,
			  int64_t served_ns, int64_t end_ns, struct fdr_efficiency_times *ret);

/* Fills in @t->usage from the requests and the samples; left alone where there are none. */
void fdr_efficiency_measure(const struct fdr_raw *raw, const json_t *plan,
			    const struct fdr_efficiency_times *times, struct fdr_result_trial *t);

/* "node1, node2: nginx.service", from the plan; NULL: it asks for none, or no memory. */
char *fdr_efficiency_of(const json_t *plan);

#endif /* FDR_ENGINE_EFFICIENCY_H */
