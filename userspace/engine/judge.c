// SPDX-License-Identifier: GPL-2.0-or-later
/* Verdicts: no data is inconclusive, never a pass. */
#include "judge.h"

#include <stdarg.h>
#include <string.h>

/* The worst wins; the first reason for it is kept. */
static void FDR_PRINTF(3, 4) rule(struct fdr_result_trial *t, enum fdr_verdict v, const char *fmt,
				  ...)
{
	static const int badness[] = {
		[FDR_PASS] = 0, [FDR_INCONCLUSIVE] = 1, [FDR_FAIL] = 2, [FDR_ABORTED] = 3,
	};
	va_list ap;

	if (badness[v] <= badness[t->verdict])
		return;
	t->verdict = v;
	va_start(ap, fmt);
	vsnprintf(t->reason, sizeof(t->reason), fmt, ap);
	va_end(ap);
}

/* A claim holds if the whole interval is in its range, and fails if none of it is. */
static void judge_expected(struct fdr_result_trial *t, int m, const json_t *range)
{
	const struct fdr_result_milestone *x = &t->milestones[m];
	int64_t lo = json_integer_value(json_array_get(range, 0));
	int64_t hi = json_integer_value(json_array_get(range, 1));
	const char *name = fdr_milestone_names[m];

	if (!x->present || x->censored)
		return;
	if (x->when.hi_ns < lo || x->when.lo_ns > hi)
		rule(t, FDR_FAIL, "%s at %.3f s, expected %.3f to %.3f s", name,
		     (double)(x->when.lo_ns + x->when.hi_ns) / 2e9, (double)lo / 1e9,
		     (double)hi / 1e9);
	else if (x->when.lo_ns < lo || x->when.hi_ns > hi)
		rule(t, FDR_INCONCLUSIVE, "%s between %.3f and %.3f s: an end of what was expected "
		     "(%.3f to %.3f s) lies within", name, (double)x->when.lo_ns / 1e9,
		     (double)x->when.hi_ns / 1e9, (double)lo / 1e9, (double)hi / 1e9);
}

/* Of a trial without a fault: that nobody saw one. */
static void judge_quiet(struct fdr_result_trial *t, const struct fdr_doubts *doubts)
{
	if (doubts->alarms)
		rule(t, FDR_FAIL, "%u false positive%s in %.0f s with nothing broken",
		     doubts->alarms, doubts->alarms == 1 ? "" : "s", (double)doubts->quiet_ns / 1e9);
	if (doubts->blind)
		rule(t, FDR_INCONCLUSIVE, "probe %s could not see", doubts->blind);
}

void fdr_judge_trial(struct fdr_result_trial *t, const json_t *expect,
		     const struct fdr_doubts *doubts)
{
	t->verdict = FDR_PASS;
	*t->reason = '\0';
	if (doubts->stopped)
		rule(t, FDR_ABORTED, "%s", doubts->stopped);
	if (doubts->unread && *doubts->unread)
		rule(t, FDR_INCONCLUSIVE, "%s", doubts->unread);
	if (doubts->no_onset) {
		rule(t, FDR_INCONCLUSIVE, "no onset: %s", doubts->no_onset);
		return;
	}
	if (doubts->unseen)
		rule(t, FDR_INCONCLUSIVE, "%s: no onset: %s", doubts->unseen, doubts->unseen_why);
	if (t->workload.max_send_late_ns > doubts->send_late_max_ns)
		rule(t, FDR_INCONCLUSIVE, "requests were sent up to %.0f ms late by this host itself",
		     (double)t->workload.max_send_late_ns / 1e6);
	if (doubts->ask_late_max_ns && t->probes.max_late_ns > doubts->ask_late_max_ns)
		rule(t, FDR_INCONCLUSIVE, "probe %s asked up to %.3g ms late, by this host itself "
		     "(trials.max_late: %.3g ms)", t->probes.latest,
		     (double)t->probes.max_late_ns / 1e6, (double)doubts->ask_late_max_ns / 1e6);
	if (doubts->quiet_ns) {
		judge_quiet(t, doubts);
		return;
	}
	for (int m = 0; m < FDR_MILESTONE_COUNT; m++) {
		const struct fdr_result_milestone *x = &t->milestones[m];
		const json_t *range = json_object_get(expect, fdr_milestone_names[m]);

		if (x->present && x->censored && doubts->blind)
			rule(t, FDR_INCONCLUSIVE, "%s was not seen, but probe %s could not see",
			     fdr_milestone_names[m], doubts->blind);
		else if (x->present && x->censored && doubts->agent_lost)
			rule(t, FDR_INCONCLUSIVE, "%s was not seen, but the agent was lost and the "
			     "fault may have ended early", fdr_milestone_names[m]);
		else if (x->present && x->censored)
			rule(t, FDR_FAIL, "%s: not within %.1f s", fdr_milestone_names[m],
			     (double)x->when.lo_ns / 1e9);
		if (range)
			judge_expected(t, m, range);
	}
}

/* The first of the worst gates; NULL: all pass. */
static const struct fdr_result_gate *worst_gate(const struct fdr_result *r)
{
	const struct fdr_result_gate *worst = NULL;

	for (size_t i = 0; i < r->n_gates; i++)
		if (r->gates[i].gate != FDR_GATE_PASS &&
		    (!worst || (worst->gate != FDR_GATE_FAIL &&
				r->gates[i].gate == FDR_GATE_FAIL)))
			worst = &r->gates[i];
	return worst;
}

static void judge_gates(struct fdr_result *r)
{
	const struct fdr_result_gate *g = worst_gate(r);
	char asks[80], knows[136];

	if (!g || r->verdict == FDR_ABORTED || r->verdict == FDR_FAIL ||
	    (r->verdict == FDR_INCONCLUSIVE && g->gate != FDR_GATE_FAIL))
		return;
	r->verdict = g->gate == FDR_GATE_FAIL ? FDR_FAIL : FDR_INCONCLUSIVE;
	fdr_gate_asks(g, asks, sizeof(asks));
	fdr_gate_knows(g, knows, sizeof(knows));
	snprintf(r->reason, sizeof(r->reason), "gate: %s: %s: %s", asks, fdr_gate_names[g->gate],
		 knows);
}

void fdr_judge_run(struct fdr_result *r, const char *outcome, const char *reason)
{
	unsigned int n[FDR_ABORTED + 1] = { 0 };

	for (size_t i = 0; i < r->n_trials; i++)
		n[r->trials[i].verdict]++;
	if (strcmp(outcome, "complete")) {
		r->verdict = FDR_ABORTED;
		snprintf(r->reason, sizeof(r->reason), "%s",
			 *reason ? reason : "the run did not come to its end");
	} else if (n[FDR_FAIL]) {
		r->verdict = FDR_FAIL;
		snprintf(r->reason, sizeof(r->reason), "%u of %zu trials failed", n[FDR_FAIL],
			 r->n_trials);
	} else if (n[FDR_INCONCLUSIVE] || n[FDR_ABORTED] || !r->n_trials) {
		r->verdict = FDR_INCONCLUSIVE;
		snprintf(r->reason, sizeof(r->reason), "%u of %zu trials are inconclusive",
			 n[FDR_INCONCLUSIVE] + n[FDR_ABORTED], r->n_trials);
	} else {
		r->verdict = FDR_PASS;
	}
	judge_gates(r);
}
