// SPDX-License-Identifier: GPL-2.0-or-later
#include "result.h"

#include <errno.h>
#include <string.h>

int fdr_verdict_compare(enum fdr_verdict a, enum fdr_verdict b)
{
	static const int ranks[] = {
		[FDR_PASS] = 0, [FDR_INCONCLUSIVE] = 1, [FDR_FAIL] = 2, [FDR_ABORTED] = 3,
	};

	return ranks[a] - ranks[b];
}

void fdr_result_drop_points(struct fdr_result *r)
{
	for (size_t i = 0; i < r->n_trials; i++) {
		free(r->trials[i].points);
		r->trials[i].points = NULL;
		r->trials[i].n_points = 0;
	}
}

static void merge_verdict(struct fdr_result *into, const struct fdr_result *from)
{
	unsigned int n = 0;

	if (fdr_verdict_compare(from->verdict, into->verdict) > 0) {
		into->verdict = from->verdict;
		memcpy(into->reason, from->reason, sizeof(into->reason));
	}
	for (size_t i = 0; i < into->n_trials; i++)
		n += into->trials[i].verdict == FDR_FAIL;
	if (into->verdict == FDR_FAIL)
		snprintf(into->reason, sizeof(into->reason), "%u of %zu trials failed", n,
			 into->n_trials);
	n = 0;
	for (size_t i = 0; i < into->n_trials; i++)
		n += into->trials[i].verdict != FDR_PASS;
	if (into->verdict == FDR_INCONCLUSIVE)
		snprintf(into->reason, sizeof(into->reason), "%u of %zu trials are inconclusive",
			 n, into->n_trials);
}

int fdr_result_merge(struct fdr_result *into, struct fdr_result *from)
{
	struct fdr_result_trial *v = reallocarray(into->trials, into->n_trials + from->n_trials + 1,
						  sizeof(*v));

	if (!v)
		return -ENOMEM;
	into->trials = v;
	fdr_result_drop_points(into);
	fdr_result_drop_points(from);
	if (from->n_trials)
		memcpy(v + into->n_trials, from->trials, from->n_trials * sizeof(*v));
	into->n_trials += from->n_trials;
	from->n_trials = 0;
	for (size_t i = 0; i < into->n_trials; i++)
		v[i].n = (unsigned int)i + 1;
	into->n_planned += from->n_planned;
	into->n_runs = (into->n_runs ? into->n_runs : 1) + (from->n_runs ? from->n_runs : 1);
	into->elapsed_ns += from->elapsed_ns;
	into->false_positives += from->false_positives;
	into->quiet_ns += from->quiet_ns;
	if (from->started_real_ns && from->started_real_ns < into->started_real_ns)
		into->started_real_ns = from->started_real_ns;
	merge_verdict(into, from);
	fdr_result_summarise(into);
	return 0;
}
