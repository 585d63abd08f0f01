// SPDX-License-Identifier: GPL-2.0-or-later
/* Early stop: trials end once the interval of one quantile is narrow. */
#include <string.h>

#include "run.h"

/*
 * Asked at few numbers of trials alone, and of the interval that allows for having
 * been looked at again and again.  A run that goes on asks again after the trial at which it
 * was cut short, and gets the same answer: it follows from what the store holds.
 */
bool fdr_run_may_stop(struct fdr_run *run)
{
	struct fdr_result *result FDR_CLEANUP(fdr_result_freep) = NULL;
	const struct fdr_plan_stop *rule = &run->plan->trials.stop;
	struct fdr_error e = { "" };
	const struct fdr_quantile *q;

	if (rule->p <= 0 || run->trial < rule->min || !fdr_stats_look(run->trial))
		return false;
	if (fdr_analyse(run->store, &result, &e) < 0) {
		fdr_run_warn(run, "cannot tell whether trials may stop: %s", e.text);
		return false;
	}
	q = &result->stop.q;
	if (!fdr_stats_narrow(q, result->stop.within))
		return false;
	fdr_run_say(run, "%s %s is known to %.1f %%: trials stop, as the plan says",
		    rule->milestone, rule->quantile,
		    50.0 * (double)(q->hi_ns - q->lo_ns) / (double)q->value_ns);
	fdr_run_event(run, "stop", NULL, fdr_now_ns(),
		      json_pack("{s:i, s:I, s:I, s:I}", "trials", (int)run->trial, "value_ns",
				(json_int_t)q->value_ns, "lo_ns", (json_int_t)q->lo_ns, "hi_ns",
				(json_int_t)q->hi_ns));
	return true;
}
