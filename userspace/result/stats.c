// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Forgives rounding where a probability meets its limit exactly. */
#define EPSILON		1e-12
#define ALPHA		(1.0 - FDR_STATS_CONFIDENCE)

static double binomial(size_t k, size_t n, double p)
{
	int sign;

	return exp(lgamma_r((double)n + 1, &sign) - lgamma_r((double)k + 1, &sign) -
		   lgamma_r((double)(n - k) + 1, &sign) + (double)k * log(p) +
		   (double)(n - k) * log1p(-p));
}

/* The largest r with P(fewer than r of n lie below the quantile) <= alpha. */
static size_t rank_below(size_t n, double p, double alpha, double *ret_miss)
{
	double sum = 0, next;
	size_t r;

	for (r = 0; r < n; r++) {
		next = sum + binomial(r, n, p);
		if (next > alpha + EPSILON)
			break;
		sum = next;
	}
	*ret_miss = sum;
	return r;
}

size_t fdr_stats_rank_below(size_t n, double p, double *ret_confidence)
{
	double miss;
	size_t r = rank_below(n, p, ALPHA, &miss);

	*ret_confidence = 1 - miss;
	return r;
}

/* Seen from above, the p-quantile is the (1 - p)-quantile. */
size_t fdr_stats_rank_above(size_t n, double p, double *ret_confidence)
{
	size_t r = fdr_stats_rank_below(n, 1 - p, ret_confidence);

	return r ? n + 1 - r : 0;
}

bool fdr_stats_median_ranks(size_t n, size_t *ret_lo, size_t *ret_hi, double *ret_confidence)
{
	double miss;
	size_t r = rank_below(n, 0.5, ALPHA / 2, &miss);

	if (!r)
		return false;
	*ret_lo = r;
	*ret_hi = n + 1 - r;
	*ret_confidence = 1 - 2 * miss;
	return true;
}

double fdr_stats_rate_upper(size_t n)
{
	return n ? 1 - pow(ALPHA, 1.0 / (double)n) : 1;
}

static int64_t middle(const struct fdr_sample *s)
{
	return s->censored ? s->lo_ns : s->lo_ns + (s->hi_ns - s->lo_ns) / 2;
}

static int64_t widest_half(const struct fdr_sample *v, size_t n)
{
	int64_t w = 0;

	for (size_t i = 0; i < n; i++)
		if (!v[i].censored && (v[i].hi_ns - v[i].lo_ns + 1) / 2 > w)
			w = (v[i].hi_ns - v[i].lo_ns + 1) / 2;
	return w;
}

static int compare_ns(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* What was seen at one instant comes before what was censored there. */
static int compare_sample(const void *a, const void *b)
{
	const struct fdr_sample *x = a, *y = b;
	int64_t mx = middle(x), my = middle(y);

	return mx != my ? (mx > my) - (mx < my) : (int)x->censored - (int)y->censored;
}

/*
 * The lower ends, middles and upper ends, each sorted by itself.  As every true
 * value lies between its ends, so does the r-th true value lie between the
 * r-th lower and the r-th upper end.  What was censored is at least its lo.
 */
struct columns {
	int64_t *lo, *mid, *hi;
};

static int columns_new(const struct fdr_sample *v, size_t n, struct columns *ret)
{
	int64_t *block = calloc(n, 3 * sizeof(*block));

	if (!block)
		return -ENOMEM;
	*ret = (struct columns){ block, block + n, block + 2 * n };
	for (size_t i = 0; i < n; i++) {
		ret->lo[i] = v[i].lo_ns;
		ret->mid[i] = v[i].censored ? FDR_STATS_UNBOUNDED : middle(&v[i]);
		ret->hi[i] = v[i].censored ? FDR_STATS_UNBOUNDED : v[i].hi_ns;
	}
	qsort(ret->lo, n, sizeof(*block), compare_ns);
	qsort(ret->mid, n, sizeof(*block), compare_ns);
	qsort(ret->hi, n, sizeof(*block), compare_ns);
	return 0;
}

/* Not more than "at least so much" can be said. */
static void only_at_least(const struct columns *c, size_t n, struct fdr_quantile *q)
{
	double confidence;
	size_t r = fdr_stats_rank_below(n, q->p, &confidence);

	q->at_least = true;
	q->known = r > 0;
	if (!r)
		return;
	q->value_ns = c->lo[r - 1];
	q->confidence = confidence;
}

static void median_of_seen(const struct columns *c, size_t n, struct fdr_quantile *q)
{
	int64_t a = c->mid[(n - 1) / 2], b = c->mid[n / 2];
	size_t lo, hi;

	q->known = true;
	q->value_ns = a + (b - a) / 2;
	q->has_interval = fdr_stats_median_ranks(n, &lo, &hi, &q->confidence);
	if (!q->has_interval)
		return;
	q->lo_ns = c->lo[lo - 1];
	q->hi_ns = c->hi[hi - 1];
}

static int median_of_censored(const struct fdr_sample *v, size_t n, const struct columns *c,
			      struct fdr_quantile *q)
{
	int64_t bound = widest_half(v, n);
	struct fdr_km km;
	int r;

	r = fdr_stats_km_median(v, n, &km);
	if (r < 0)
		return r;
	if (km.median_ns == FDR_STATS_UNBOUNDED) {
		only_at_least(c, n, q);
		return 0;
	}
	q->known = true;
	q->value_ns = km.median_ns;
	q->has_interval = km.lo_ns != FDR_STATS_UNBOUNDED;
	if (!q->has_interval)
		return 0;
	q->lo_ns = km.lo_ns - bound;
	q->hi_ns = km.hi_ns == FDR_STATS_UNBOUNDED ? km.hi_ns : km.hi_ns + bound;
	q->confidence = FDR_STATS_CONFIDENCE;
	return 0;
}

/* A quantile other than the median: each end of its interval is one-sided. */
static void tail(const struct columns *c, size_t n, struct fdr_quantile *q)
{
	double below, above;
	size_t lo = fdr_stats_rank_below(n, q->p, &below);
	size_t hi = fdr_stats_rank_above(n, q->p, &above);
	size_t at = (size_t)ceil((double)n * q->p - 1e-9);

	if (!lo || !hi || c->hi[hi - 1] == FDR_STATS_UNBOUNDED) {
		only_at_least(c, n, q);
		return;
	}
	q->known = true;
	q->value_ns = c->mid[at ? at - 1 : 0];
	q->has_interval = true;
	q->one_sided = true;
	q->lo_ns = c->lo[lo - 1];
	q->hi_ns = c->hi[hi - 1];
	q->confidence = fmin(below, above);
}

int fdr_stats_quantile(const struct fdr_sample *v, size_t n, double p, struct fdr_quantile *ret)
{
	struct fdr_quantile q = { .p = p };
	FDR_CLEANUP_FREE void *block = NULL;
	struct columns c;
	bool censored = false;
	int r = 0;

	if (n) {
		r = columns_new(v, n, &c);
		if (r < 0)
			return r;
		block = c.lo;
		for (size_t i = 0; i < n; i++)
			censored |= v[i].censored;
		if (p != 0.5)
			tail(&c, n, &q);
		else if (censored)
			r = median_of_censored(v, n, &c, &q);
		else
			median_of_seen(&c, n, &q);
	}
	if (r < 0)
		return r;
	*ret = q;
	return 0;
}

/* Follows a falling curve until it reaches one half. */
struct crossing {
	int64_t at_ns;
	double level;		/* where it lay when it got there */
	bool reached, settled;
};

static void follow(struct crossing *c, int64_t t_ns, double level)
{
	if (!c->reached && level < 0.5 + EPSILON) {
		*c = (struct crossing){ t_ns, level, true, level < 0.5 - EPSILON };
	} else if (c->reached && !c->settled && level < c->level - EPSILON) {
		/* It was exactly one half over a step: take the step's middle. */
		c->at_ns += (t_ns - c->at_ns) / 2;
		c->settled = true;
	}
}

int fdr_stats_km_median(const struct fdr_sample *v, size_t n, struct fdr_km *ret)
{
	static const double z = 1.959963984540054;
	FDR_CLEANUP_FREE struct fdr_sample *s = calloc(n ? n : 1, sizeof(*s));
	struct crossing mid = { 0 }, low = { 0 }, high = { 0 };
	double survival = 1, greenwood = 0;

	if (!s)
		return -ENOMEM;
	if (n)
		memcpy(s, v, n * sizeof(*s));
	qsort(s, n, sizeof(*s), compare_sample);

	for (size_t i = 0, deaths; i < n; i += deaths ? deaths : 1) {
		int64_t t = middle(&s[i]);
		double at_risk = (double)(n - i);

		for (deaths = 0; i + deaths < n && !s[i + deaths].censored &&
		     middle(&s[i + deaths]) == t; deaths++)
			;
		if (!deaths)
			continue;
		survival *= 1 - (double)deaths / at_risk;
		follow(&mid, t, survival);
		/* At zero the band is not defined. */
		if (survival > EPSILON) {
			double theta;

			greenwood += (double)deaths / (at_risk * (at_risk - (double)deaths));
			theta = z * sqrt(greenwood) / -log(survival);
			follow(&low, t, pow(survival, exp(theta)));
			follow(&high, t, pow(survival, exp(-theta)));
		}
	}
	ret->median_ns = mid.reached ? mid.at_ns : FDR_STATS_UNBOUNDED;
	ret->lo_ns = low.reached ? low.at_ns : FDR_STATS_UNBOUNDED;
	ret->hi_ns = high.reached ? high.at_ns : FDR_STATS_UNBOUNDED;
	return 0;
}
