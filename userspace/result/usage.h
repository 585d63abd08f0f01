/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_RESULT_USAGE_H
#define FDR_RESULT_USAGE_H

#include <jansson.h>

#include "base/macro.h"

/* Transactions held against the processor time of the nodes that serve. */
enum fdr_usage_period { FDR_USAGE_BEFORE, FDR_USAGE_DURING, FDR_USAGE_AFTER, FDR_USAGE_PERIODS };
extern const char *const fdr_usage_period_names[];

struct fdr_result_usage_period {
	int64_t from_ns, to_ns;		/* relative to onset */
	uint64_t ok;			/* requests that succeeded, late ones as well */
	int64_t cpu_ns;			/* of all nodes, as far as they were asked */
	double covered;			/* share of nodes times time that samples span */
	bool known;			/* enough for a quotient */
};

struct fdr_result_usage {
	bool present;
	char until[16];			/* what ends the fault's period: served, undone, end */
	struct fdr_result_usage_period period[FDR_USAGE_PERIODS];
};

/* Transactions per second of processor time; 0 where it is not known. */
double fdr_usage_rate(const struct fdr_result_usage_period *p);
json_t *fdr_usage_to_json(const struct fdr_result_usage *u);
/* @j NULL or null: there is none.  NULL, or what is wrong with it. */
const char *fdr_usage_from_json(const json_t *j, struct fdr_result_usage *ret);

#endif /* FDR_RESULT_USAGE_H */
