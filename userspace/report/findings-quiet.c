// SPDX-License-Identifier: GPL-2.0-or-later
/* What there is to say of a watch in which nothing was broken. */
#include <inttypes.h>
#include <math.h>

#include "findings.h"
#include "show.h"

/* An exponential law's mean is above the time without an event, by this, with 95 % confidence. */
static int64_t mean_above(int64_t quiet_ns)
{
	return (int64_t)((double)quiet_ns / -log(0.05));
}

static void headline(const struct fdr_result *r, struct fdr_findings *f)
{
	snprintf(f->headline, sizeof(f->headline), "%s in %s with nothing broken.",
		 r->false_positives ? fdr_show_number_of(r->false_positives, "false positive").s :
		 "No false positive", fdr_show_ns(r->quiet_ns).s);
	if (r->false_positives)
		snprintf(f->subline, sizeof(f->subline),
			 "A detector fired once in %s, on average.",
			 fdr_show_ns(r->quiet_ns / r->false_positives).s);
	else
		snprintf(f->subline, sizeof(f->subline),
			 "If they come at random, then less often than once in %s, with 95 %% "
			 "confidence.", fdr_show_ns(mean_above(r->quiet_ns)).s);
}

static void users(const struct fdr_result *r, struct fdr_findings *f)
{
	uint64_t requests = 0, bad = 0;

	for (size_t i = 0; i < r->n_trials; i++) {
		requests += r->trials[i].workload.requests;
		bad += r->trials[i].workload.late + r->trials[i].workload.errors +
		       r->trials[i].workload.timeouts;
	}
	if (requests)
		fdr_find(f, bad ? FDR_FINDING_WARN : FDR_FINDING_GOOD,
				 "%" PRIu64 " of %" PRIu64 " requests failed or came late, with nothing "
				 "broken.", bad, requests);
}

void fdr_findings_quiet(const struct fdr_result *r, struct fdr_findings *f)
{
	headline(r, f);
	users(r, f);
}
