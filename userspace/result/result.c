// SPDX-License-Identifier: GPL-2.0-or-later
#include "result.h"

#include <errno.h>
#include <string.h>

const char *const fdr_verdict_names[] = {
	[FDR_PASS] = "pass",
	[FDR_FAIL] = "fail",
	[FDR_INCONCLUSIVE] = "inconclusive",
	[FDR_ABORTED] = "aborted",
};

struct fdr_result *fdr_result_free(struct fdr_result *r)
{
	if (!r)
		return NULL;
	free(r->name);
	free(r->description);
	free(r->version);
	free(r->plan_path);
	free(r->plan_sha256);
	free(r->plan_text);
	json_decref(r->nodes);
	json_decref(r->expected);
	for (size_t i = 0; r->trials && i < r->n_trials; i++)
		free(r->trials[i].points);
	free(r->trials);
	free(r);
	return NULL;
}

int fdr_result_add_point(struct fdr_result_trial *t, const struct fdr_result_point *p)
{
	/* Grows at the powers of two. */
	if (!(t->n_points & (t->n_points - 1))) {
		size_t room = t->n_points ? t->n_points * 2 : 1;
		struct fdr_result_point *v = reallocarray(t->points, room, sizeof(*v));

		if (!v)
			return -ENOMEM;
		t->points = v;
	}
	t->points[t->n_points++] = *p;
	return 0;
}

static bool counts(const struct fdr_result_trial *t)
{
	return t->milestones[FDR_ONSET].present && t->verdict != FDR_ABORTED;
}

static void summarise_one(const struct fdr_result *r, size_t m, struct fdr_sample *v,
			  struct fdr_result_summary *s)
{
	static const double p[] = { 0.5, 0.9, 0.95, 0.99 };
	size_t n = 0;
	bool seen = false;

	*s = (struct fdr_result_summary){ 0 };
	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_milestone *ms = &r->trials[i].milestones[m];
		int64_t half;

		if (!counts(&r->trials[i]))
			continue;
		if (!ms->present) {
			s->n_absent++;
			continue;
		}
		v[n++] = (struct fdr_sample){ ms->when.lo_ns, ms->when.hi_ns, ms->censored };
		if (ms->censored) {
			s->n_censored++;
			continue;
		}
		half = (ms->when.hi_ns - ms->when.lo_ns + 1) / 2;
		if (!seen || ms->when.lo_ns < s->min_ns)
			s->min_ns = ms->when.lo_ns;
		if (!seen || ms->when.hi_ns > s->max_ns)
			s->max_ns = ms->when.hi_ns;
		if (half > s->bound_ns)
			s->bound_ns = half;
		seen = true;
	}
	s->n = (unsigned int)n;
	for (size_t i = 0; n && i < FDR_ARRAY_LEN(p); i++)
		if (fdr_stats_quantile(v, n, p[i], &s->q[s->n_q]) == 0)
			s->n_q++;
}

void fdr_result_summarise(struct fdr_result *r)
{
	FDR_CLEANUP_FREE struct fdr_sample *v = calloc(r->n_trials ? r->n_trials : 1, sizeof(*v));

	for (size_t m = 0; v && m < FDR_MILESTONES_MAX; m++)
		summarise_one(r, m, v, &r->summary[m]);
}
