// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.h"

#include <errno.h>
#include <math.h>

static int compare_ns(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/*
 * The lower ends, middles and upper ends, each sorted by itself.  As every true
 * value lies between its ends, so does the r-th true value lie between the
 * r-th lower and the r-th upper end.  What was censored is at least its lo.
 */
struct columns {
	int64_t *lo, *mid, *hi;
	int64_t first_censored, last_seen;
};

static int columns_new(const struct fdr_sample *v, size_t n, struct columns *ret)
{
	int64_t *block = calloc(n, 3 * sizeof(*block));

	if (!block)
		return -ENOMEM;
	*ret = (struct columns){ block, block + n, block + 2 * n,
				FDR_STATS_UNBOUNDED, FDR_STATS_NOTHING };
	for (size_t i = 0; i < n; i++) {
		ret->lo[i] = v[i].lo_ns;
		ret->mid[i] = v[i].censored ? FDR_STATS_UNBOUNDED : fdr_sample_middle(&v[i]);
		ret->hi[i] = v[i].censored ? FDR_STATS_UNBOUNDED : v[i].hi_ns;
		if (v[i].censored && v[i].lo_ns < ret->first_censored)
			ret->first_censored = v[i].lo_ns;
		if (!v[i].censored && v[i].hi_ns > ret->last_seen)
			ret->last_seen = v[i].hi_ns;
	}
	qsort(ret->lo, n, sizeof(*block), compare_ns);
	qsort(ret->mid, n, sizeof(*block), compare_ns);
	qsort(ret->hi, n, sizeof(*block), compare_ns);
	return 0;
}

static bool is_median(double p)
{
	return fabs(p - 0.5) < 1e-9;
}

/* The median of an even number of values is the middle of the two in the middle. */
static int64_t of_middles(const struct columns *c, size_t n, double p)
{
	double at = (double)n * p, whole = round(at);
	bool between = fabs(at - whole) < 1e-9;
	size_t r = (size_t)(between ? whole : ceil(at));
	int64_t a, b;

	if (!r)
		r = 1;
	a = c->mid[r - 1];
	b = between && is_median(p) && r < n ? c->mid[r] : a;
	return b == FDR_STATS_UNBOUNDED ? a : a + (b - a) / 2;
}

/* From the limits in @q and the estimate: what may be said. */
static void settle(struct fdr_quantile *q, int64_t value)
{
	bool bounded = q->lo_ns != FDR_STATS_NOTHING;

	q->value_ns = value;
	/* A median may be told without an upper end, or without any; a tail not. */
	if (value == FDR_STATS_UNBOUNDED || (!is_median(q->p) && q->hi_ns == FDR_STATS_UNBOUNDED)) {
		q->at_least = true;
		q->known = bounded;
		q->value_ns = q->lo_ns;
		return;
	}
	q->has_interval = bounded;
	q->known = bounded || is_median(q->p);
}

static bool all_exact(const struct fdr_sample *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!v[i].censored && v[i].lo_ns != v[i].hi_ns)
			return false;
	return true;
}

/*
 * The outermost of the limits with all values at their lower ends, their middles
 * and their upper ends: moving an event may move another's weight, so neither of the
 * outer two is always the worst.
 */
static int by_survival(const struct fdr_sample *v, size_t n, double confidence,
		       struct fdr_quantile *q)
{
	int64_t lo, hi, value = FDR_STATS_UNBOUNDED;
	struct fdr_survival s;
	int r;

	q->lo_ns = FDR_STATS_UNBOUNDED;
	q->hi_ns = FDR_STATS_NOTHING;
	for (int end = FDR_END_LO; end <= FDR_END_HI; end++) {
		if (end != FDR_END_MIDDLE && all_exact(v, n))
			continue;
		r = fdr_stats_survival(v, n, (enum fdr_end)end, &s);
		if (r < 0)
			return r;
		fdr_survival_limits(&s, q->p, confidence, &lo, &hi);
		if (end == FDR_END_MIDDLE)
			value = fdr_survival_quantile(&s, q->p);
		fdr_survival_clear(&s);
		if (lo < q->lo_ns)
			q->lo_ns = lo;
		if (hi > q->hi_ns)
			q->hi_ns = hi;
	}
	q->survival = true;
	q->confidence = confidence;
	settle(q, value);
	return 0;
}

/* By ranks alone; the two of an interval, or the one of ">=". */
static void by_ranks(const struct columns *c, size_t n, double confidence, struct fdr_quantile *q)
{
	struct fdr_ranks r;
	size_t below;

	if (fdr_stats_ranks(n, q->p, confidence, &r)) {
		q->lo_ns = c->lo[r.lo - 1];
		q->hi_ns = c->hi[r.hi - 1];
		q->confidence = 1 - r.miss_lo - (q->hi_ns < FDR_STATS_UNBOUNDED ? r.miss_hi : 0);
	} else {
		below = is_median(q->p) ? 0 : fdr_stats_rank_below(n, q->p, confidence,
								   &q->confidence);
		q->lo_ns = below ? c->lo[below - 1] : FDR_STATS_NOTHING;
		q->hi_ns = FDR_STATS_UNBOUNDED;
	}
	settle(q, of_middles(c, n, q->p));
}

static int quantile(const struct fdr_sample *v, size_t n, double p, double confidence,
		    struct fdr_quantile *ret)
{
	FDR_CLEANUP_FREE void *block = NULL;
	struct columns c;
	int r;

	*ret = (struct fdr_quantile){ .p = p };
	if (!n)
		return 0;
	r = columns_new(v, n, &c);
	if (r < 0)
		return r;
	block = c.lo;
	/*
	 * What was given up after all that was seen has the ranks that it would have
	 * had.  Amid them it has not.
	 */
	if (c.first_censored < c.last_seen)
		return by_survival(v, n, confidence, ret);
	by_ranks(&c, n, confidence, ret);
	return 0;
}

int fdr_stats_quantile(const struct fdr_sample *v, size_t n, double p, struct fdr_quantile *ret)
{
	return quantile(v, n, p, FDR_STATS_CONFIDENCE, ret);
}

int fdr_stats_quantile_stopping(const struct fdr_sample *v, size_t n, double p,
				struct fdr_quantile *ret)
{
	int r = quantile(v, n, p, FDR_STATS_STOPPING, ret);

	if (r >= 0 && ret->confidence > FDR_STATS_CONFIDENCE)
		ret->confidence = FDR_STATS_CONFIDENCE;
	return r;
}

bool fdr_stats_narrow(const struct fdr_quantile *q, double fraction)
{
	if (!q->known || !q->has_interval || q->hi_ns == FDR_STATS_UNBOUNDED)
		return false;
	return (double)(q->hi_ns - q->lo_ns) / 2 <= fraction * (double)q->value_ns;
}

bool fdr_stats_look(size_t n)
{
	size_t at = 20;

	while (at < n)
		at += at / 2;
	return at == n;
}
