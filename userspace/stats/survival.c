// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kaplan and Meier's curve, and limits for it by the beta product method of
 * Fay, Brittain and Proschan (Biostatistics 14, 2013).  Where nothing is censored
 * these limits are Clopper and Pearson's, and those of a quantile, found by
 * Brookmeyer and Crowley's inversion, are the order statistics of ranks.c: there
 * is one method, and censoring only makes it an approximation.
 *
 * The true share that is later than the i-th event is, given the share that was
 * later than the one before, beta (Y, 1) distributed, Y being the number at risk.  The
 * product over all events so far is approximated by the beta distribution with
 * the same first two moments.  Just before the next event it is not yet known that
 * it will come: the lower limit reckons with it, the upper one does not.
 */
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define EPSILON		1e-12

struct instant {
	int64_t at_ns;
	bool censored;
};

/* What was seen at one instant comes before what was censored there. */
static int compare_instant(const void *a, const void *b)
{
	const struct instant *x = a, *y = b;

	return x->at_ns != y->at_ns ? (x->at_ns > y->at_ns) - (x->at_ns < y->at_ns) :
				      (int)x->censored - (int)y->censored;
}

static int64_t end_of(const struct fdr_sample *s, enum fdr_end end)
{
	if (s->censored || end == FDR_END_LO)
		return s->lo_ns;
	return end == FDR_END_HI ? s->hi_ns : fdr_sample_middle(s);
}

/* One more event with @y at risk. */
static void multiply(double moments[2], double y)
{
	moments[0] *= y / (y + 1);
	moments[1] *= y / (y + 2);
}

/* P(the true share <= @level), of a product with these moments. */
static double below(const double moments[2], double level)
{
	double variance = moments[1] - moments[0] * moments[0], scale;

	if (variance <= 0)		/* nothing happened yet, or no one is left */
		return moments[0] <= level;
	scale = (moments[0] - moments[1]) / variance;
	return fdr_stats_beta(level, moments[0] * scale, (1 - moments[0]) * scale);
}

static void follow(struct fdr_survival *s, const struct instant *v, size_t n)
{
	double level = 1, moments[2] = { 1, 1 };
	size_t at_risk = n;

	for (size_t i = 0; i < n;) {
		struct fdr_step *step = &s->steps[s->n++];
		size_t gone = 0;

		*step = (struct fdr_step){ .at_ns = v[i].at_ns, .at_risk = at_risk };
		for (; i < n && v[i].at_ns == step->at_ns; i++, gone++) {
			if (v[i].censored)
				continue;
			multiply(moments, (double)(at_risk - step->events));
			step->events++;
		}
		level *= 1 - (double)step->events / (double)at_risk;
		at_risk -= gone;
		step->level = level;
		memcpy(step->here, moments, sizeof(moments));
		memcpy(step->next, moments, sizeof(moments));
		/* With no one at risk the next event may come at once and take all. */
		multiply(step->next, (double)at_risk);
	}
}

int fdr_stats_survival(const struct fdr_sample *v, size_t n, enum fdr_end end,
		       struct fdr_survival *ret)
{
	FDR_CLEANUP_FREE struct instant *at = calloc(n + 1, sizeof(*at));

	*ret = (struct fdr_survival){ .steps = calloc(n + 1, sizeof(*ret->steps)) };
	if (!at || !ret->steps) {
		fdr_survival_clear(ret);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++)
		at[i] = (struct instant){ end_of(&v[i], end), v[i].censored };
	qsort(at, n, sizeof(*at), compare_instant);
	follow(ret, at, n);
	return 0;
}

void fdr_survival_clear(struct fdr_survival *s)
{
	free(s->steps);
	*s = (struct fdr_survival){ 0 };
}

int64_t fdr_survival_quantile(const struct fdr_survival *s, double p)
{
	size_t i, j;

	for (i = 0; i < s->n && s->steps[i].level > 1 - p + EPSILON; i++)
		;
	if (i == s->n)
		return FDR_STATS_UNBOUNDED;
	if (s->steps[i].level < 1 - p - EPSILON)
		return s->steps[i].at_ns;
	/* It lies level there until the next event: take the middle. */
	for (j = i + 1; j < s->n && !s->steps[j].events; j++)
		;
	if (j == s->n)
		return s->steps[i].at_ns;
	return s->steps[i].at_ns + (s->steps[j].at_ns - s->steps[i].at_ns) / 2;
}

/*
 * P(the true share after a step <= @level), half-way between what the next event
 * might come to make of it at once and what it was before: the mid-p form.
 */
static double chance(const double here[2], const double next[2], double level)
{
	return (below(here, level) + below(next, level)) / 2;
}

/* The first event by which, with all but @miss, less than 1 - p is later. */
static int64_t upper(const struct fdr_survival *s, double p, double miss)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct fdr_step *step = &s->steps[i];

		if (step->events && 1 - chance(step->here, step->next, 1 - p) <= miss + EPSILON)
			return step->at_ns;
	}
	return FDR_STATS_UNBOUNDED;
}

/* The first instant from which on the share that is later may be as small as 1 - p. */
static int64_t lower(const struct fdr_survival *s, double p, double miss)
{
	double here[2] = { 1, 1 }, next[2] = { 1, 1 };
	size_t i;

	if (!s->n)
		return FDR_STATS_NOTHING;
	multiply(next, (double)s->steps[0].at_risk);
	if (chance(here, next, 1 - p) > miss + EPSILON)
		return FDR_STATS_NOTHING;
	for (i = 0; i + 1 < s->n; i++)
		if (chance(s->steps[i].here, s->steps[i].next, 1 - p) > miss + EPSILON)
			break;
	/* After the last one, with no one at risk, it may. */
	return s->steps[i].at_ns;
}

void fdr_survival_limits(const struct fdr_survival *s, double p, double confidence,
			 int64_t *ret_lo, int64_t *ret_hi)
{
	*ret_lo = lower(s, p, (1 - confidence) / 2);
	*ret_hi = upper(s, p, (1 - confidence) / 2);
}
