// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.h"

#include <math.h>

const char *const fdr_gate_names[] = {
	[FDR_GATE_PASS] = "pass", [FDR_GATE_FAIL] = "fail",
	[FDR_GATE_INCONCLUSIVE] = "inconclusive",
};

enum fdr_gate fdr_stats_gate(double lo, double hi, double limit)
{
	/* A comparison with NAN is false. */
	if (hi <= limit)
		return FDR_GATE_PASS;
	return lo > limit ? FDR_GATE_FAIL : FDR_GATE_INCONCLUSIVE;
}

enum fdr_gate fdr_stats_gate_quantile(const struct fdr_quantile *q, int64_t limit_ns)
{
	double lo = NAN, hi = NAN;

	if (q->known && q->at_least)
		lo = (double)q->value_ns;
	if (q->known && q->has_interval) {
		lo = (double)q->lo_ns;
		hi = q->hi_ns == FDR_STATS_UNBOUNDED ? NAN : (double)q->hi_ns;
	}
	return fdr_stats_gate(lo, hi, (double)limit_ns);
}
