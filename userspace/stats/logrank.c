// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * At each instant of an event: had both groups the same hazard, b would have its
 * part of the events by its part of those at risk.  What it had more or less,
 * summed up and squared, over the hypergeometric variance is chi-squared (1).
 */
#include "stats.h"

#include <errno.h>
#include <math.h>

struct instant {
	int64_t at_ns;
	bool censored, b;
};

static int compare_instant(const void *x, const void *y)
{
	int64_t i = ((const struct instant *)x)->at_ns, j = ((const struct instant *)y)->at_ns;

	return (i > j) - (i < j);
}

static size_t put(struct instant *to, const struct fdr_sample *v, size_t n, bool b)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (struct instant){ fdr_sample_middle(&v[i]), v[i].censored, b };
	return n;
}

/* @risk, @risk_b: in both groups and in b, before the instant. */
static void count_in(struct fdr_logrank *l, double events, double events_b, double risk,
		     double risk_b, double *variance)
{
	double part = risk_b / risk;

	l->observed += events_b;
	l->expected += events * part;
	if (risk > 1)
		*variance += events * part * (1 - part) * (risk - events) / (risk - 1);
}

int fdr_stats_logrank(const struct fdr_sample *a, size_t n_a, const struct fdr_sample *b,
		      size_t n_b, struct fdr_logrank *ret)
{
	FDR_CLEANUP_FREE struct instant *v = calloc(n_a + n_b + 1, sizeof(*v));
	size_t n = n_a + n_b, risk = n, risk_b = n_b;
	double variance = 0;

	*ret = (struct fdr_logrank){ 0 };
	if (!v)
		return -ENOMEM;
	put(v + put(v, a, n_a, false), b, n_b, true);
	qsort(v, n, sizeof(*v), compare_instant);
	for (size_t i = 0; i < n;) {
		size_t events = 0, events_b = 0, gone = 0, gone_b = 0;
		int64_t at = v[i].at_ns;

		for (; i < n && v[i].at_ns == at; i++) {
			events += !v[i].censored;
			events_b += !v[i].censored && v[i].b;
			gone++;
			gone_b += v[i].b;
		}
		count_in(ret, (double)events, (double)events_b, (double)risk, (double)risk_b,
			 &variance);
		risk -= gone;
		risk_b -= gone_b;
	}
	ret->known = variance > 0;
	if (!ret->known)
		return 0;
	ret->chi2 = (ret->observed - ret->expected) * (ret->observed - ret->expected) / variance;
	ret->p = erfc(sqrt(ret->chi2 / 2));
	return 0;
}
