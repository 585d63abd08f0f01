// SPDX-License-Identifier: GPL-2.0-or-later
#include "loss.h"

#include <errno.h>
#include <string.h>

static const char lost_time[] = "users.lost_time", longest_gap[] = "users.longest_gap",
		  undetected[] = "users.undetected", rpo[] = "data.rpo";

static bool counts(const struct fdr_result_trial *t)
{
	return t->milestones[FDR_ONSET].present && t->verdict != FDR_ABORTED;
}

static bool noticed(const struct fdr_result_trial *t)
{
	return t->workload.late + t->workload.errors + t->workload.timeouts > 0;
}

/* A length that is known as it is. */
static int add_length(struct fdr_series_set *set, const char *name, int64_t ns)
{
	struct fdr_sample s = { ns, ns, false };

	return fdr_series_add(set, name, &s);
}

static int add_trial(struct fdr_series_set *set, const struct fdr_result_trial *t)
{
	int r = 0;

	/* Times count from onset, so onset itself has no distribution. */
	for (size_t m = FDR_ONSET + 1; r >= 0 && m < FDR_MILESTONES_MAX; m++) {
		const struct fdr_result_milestone *ms = &t->milestones[m];
		struct fdr_sample s = { ms->when.lo_ns, ms->when.hi_ns, ms->censored };

		if (ms->present)
			r = fdr_series_add(set, fdr_milestone_names[m], &s);
	}
	/* What cannot be told exactly is an interval, as for milestones. */
	if (r >= 0 && t->loss.judged) {
		struct fdr_sample s = { t->loss.rpo.lo_ns, t->loss.rpo.hi_ns, false };

		r = fdr_series_add(set, rpo, &s);
	}
	if (r < 0 || !t->workload.requests)
		return r;
	r = add_length(set, lost_time, t->workload.outage_ns);
	/* Where no user noticed, the longest gap is the rhythm of the requests. */
	if (r >= 0)
		r = add_length(set, longest_gap, noticed(t) ? t->workload.longest_gap_ns : 0);
	return r < 0 ? r : add_length(set, undetected, t->workload.undetected_ns);
}

int fdr_result_series(const struct fdr_result *r, struct fdr_series_set *ret)
{
	int err = 0;

	*ret = (struct fdr_series_set){ 0 };
	for (size_t i = 0; err >= 0 && i < r->n_trials; i++)
		if (counts(&r->trials[i]))
			err = add_trial(ret, &r->trials[i]);
	if (err < 0)
		fdr_series_clear(ret);
	return err;
}

static void describe(const struct fdr_result *r, const struct fdr_series_set *set,
		     const char *name, struct fdr_description *ret)
{
	const struct fdr_series *s = fdr_series_find(set, name);
	int err = 0;

	*ret = (struct fdr_description){ 0 };
	/* Out of memory: no quantiles, and the reports say that there are none. */
	if (s && r->stop.milestone)
		err = fdr_stats_describe_stopping(s->v, s->n, ret);
	else if (s)
		err = fdr_stats_describe(s->v, s->n, ret);
	if (err < 0)
		ret->n_q = 0;
}

static void summarise_users(const struct fdr_result *r, const struct fdr_series_set *set,
			    struct fdr_result_users *u)
{
	uint64_t n = 0, k = 0;

	*u = (struct fdr_result_users){ 0 };
	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_trial *t = &r->trials[i];

		if (!counts(t) || !t->workload.requests)
			continue;
		n++;
		k += noticed(t);
		u->gaps += t->workload.gaps;
		if (t->workload.gaps > u->most_gaps)
			u->most_gaps = t->workload.gaps;
	}
	u->noticed = fdr_stats_share(k, n);
	describe(r, set, lost_time, &u->lost_time);
	describe(r, set, longest_gap, &u->longest_gap);
	describe(r, set, undetected, &u->undetected);
}

void fdr_result_summarise(struct fdr_result *r)
{
	struct fdr_series_set set;
	unsigned int n = 0;

	memset(r->summary, 0, sizeof(r->summary));
	memset(&r->users, 0, sizeof(r->users));
	fdr_data_summarise(r, &r->data);
	if (fdr_result_series(r, &set) < 0)
		return;
	for (size_t i = 0; i < r->n_trials; i++)
		n += counts(&r->trials[i]);
	for (size_t m = 0; m < FDR_MILESTONES_MAX; m++) {
		describe(r, &set, fdr_milestone_names[m], &r->summary[m]);
		r->summary[m].n_absent = m == FDR_ONSET ? 0 : n - r->summary[m].n;
	}
	summarise_users(r, &set, &r->users);
	describe(r, &set, rpo, &r->data.rpo);
	fdr_series_clear(&set);
}
