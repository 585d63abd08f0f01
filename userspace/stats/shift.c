// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * If b is a moved by some shift, the number of pairs whose difference is less than
 * that shift is distributed like Mann and Whitney's U, whatever the distribution.
 * So the k-th smallest and the k-th greatest difference enclose the shift with a
 * confidence that follows from U's.  Ties make the closed interval hold more often.
 */
#include "stats.h"

#include <errno.h>
#include <math.h>

#define ALPHA		(1.0 - FDR_STATS_CONFIDENCE)
#define EPSILON		1e-12
#define Z		1.959963984540054
/* Up to so many pairs U's distribution is counted out; its normal form is good by then. */
#define EXACT_PAIRS	3600

/*
 * P(U = u) for u = 0 ... half, of groups of m and n, m <= n: the number of ways to
 * reach u comes from whether the greatest value is one of the m (it beats n) or not.
 * Row i holds the distribution for i of the one group; columns grow in place.
 */
static void count_ways(double *row, size_t m, size_t n, size_t half)
{
	size_t width = half + 1;

	for (size_t i = 0; i <= m; i++)
		row[i * width] = 1;
	for (size_t j = 1; j <= n; j++) {
		for (size_t i = 1; i <= m; i++) {
			double *to = row + i * width, *from = row + (i - 1) * width;

			/* f(i, j, u) = f(i, j - 1, u) + f(i - 1, j, u - j), as probabilities. */
			for (size_t u = width; u-- > 0;)
				to[u] = to[u] * (double)j / (double)(i + j) +
					(u >= j ? from[u - j] * (double)i / (double)(i + j) : 0);
		}
	}
}

/* The largest k with P(U < k) <= 2.5 %; 0: there is none. */
static int exact_rank(size_t m, size_t n, size_t *ret_k, double *ret_miss)
{
	size_t half = m * n / 2, k;
	FDR_CLEANUP_FREE double *row = calloc((m + 1) * (half + 1), sizeof(*row));
	double sum = 0;

	if (!row)
		return -ENOMEM;
	count_ways(row, m, n, half);
	for (k = 0; k < half; k++) {
		double next = sum + row[m * (half + 1) + k];

		if (next > ALPHA / 2 + EPSILON)
			break;
		sum = next;
	}
	*ret_k = k;
	*ret_miss = sum;
	return 0;
}

static double normal_below(double u, double mean, double sd)
{
	return erfc((mean - u) / sd / M_SQRT2) / 2;
}

static int choose_rank(size_t m, size_t n, size_t *ret_k, double *ret_miss, bool *ret_exact)
{
	double pairs = (double)m * (double)n, mean = pairs / 2;
	double sd = sqrt(pairs * (double)(m + n + 1) / 12), k;

	*ret_exact = pairs <= EXACT_PAIRS;
	if (*ret_exact)
		return m <= n ? exact_rank(m, n, ret_k, ret_miss) :
				exact_rank(n, m, ret_k, ret_miss);
	/* P(U <= k - 1) with half a step for continuity. */
	k = floor(mean + 0.5 - Z * sd);
	*ret_k = k > 0 ? (size_t)k : 0;
	*ret_miss = normal_below(k - 0.5, mean, sd);
	return 0;
}

struct side {
	double *v;		/* sorted */
	size_t n;
};

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Pairs with b - a <= v. */
static uint64_t pairs_up_to(const struct side *a, const struct side *b, double v)
{
	uint64_t n = 0;
	size_t i = 0;

	/* The greater b is, the greater a has to be. */
	for (size_t j = 0; j < b->n; j++) {
		while (i < a->n && b->v[j] - a->v[i] > v)
			i++;
		n += a->n - i;
	}
	return n;
}

/*
 * The k-th smallest (from 1) of all differences, found by halving.  An end that is
 * infinite must not meet one on the other side.
 */
static double kth_difference(const struct side *a, const struct side *b, uint64_t k)
{
	double lo = b->v[0] - a->v[a->n - 1], hi = b->v[b->n - 1] - a->v[0];

	if (isinf(lo) && pairs_up_to(a, b, lo) >= k)
		return lo;
	if (isinf(hi) && pairs_up_to(a, b, 0x1p62) < k)
		return hi;
	lo = isinf(lo) ? -0x1p62 : lo;
	hi = isinf(hi) ? 0x1p62 : hi;
	if (pairs_up_to(a, b, lo) >= k)
		return lo;
	/* More than lo, at most hi. */
	for (;;) {
		double mid = lo + (hi - lo) / 2;

		if (mid <= lo || mid >= hi)
			return hi;
		if (pairs_up_to(a, b, mid) >= k)
			hi = mid;
		else
			lo = mid;
	}
}

/* SOONEST: the middle, but what was given up comes as soon as it was. */
enum which { LOWEST, SOONEST, MIDDLE, HIGHEST };

static double value_of(const struct fdr_sample *s, enum which which, bool ratio)
{
	double v = (double)s->lo_ns;

	if (which != LOWEST && !s->censored)
		v = (double)(which == HIGHEST ? s->hi_ns : fdr_sample_middle(s));
	else if (which > SOONEST)
		v = INFINITY;
	/* A ratio is a difference of logarithms; nothing is shorter than nothing. */
	return ratio ? log(v > 0 ? v : 0) : v;
}

static int side_new(const struct fdr_sample *v, size_t n, enum which which, bool ratio,
		    struct side *ret)
{
	ret->n = n;
	ret->v = calloc(n, sizeof(*ret->v));
	if (!ret->v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		ret->v[i] = value_of(&v[i], which, ratio);
	qsort(ret->v, n, sizeof(*ret->v), compare_double);
	return 0;
}

struct groups {
	const struct fdr_sample *a, *b;
	size_t n_a, n_b;
	bool ratio;
};

/* The mean of the k-th and the l-th difference, with a and b at these ends. */
static int difference(const struct groups *g, enum which of_a, enum which of_b, uint64_t k,
		      uint64_t l, double *ret)
{
	struct side a = { 0 }, b = { 0 };
	int r = side_new(g->a, g->n_a, of_a, g->ratio, &a);

	if (r >= 0)
		r = side_new(g->b, g->n_b, of_b, g->ratio, &b);
	if (r >= 0) {
		*ret = kth_difference(&a, &b, k);
		if (l != k)
			*ret = (*ret + kth_difference(&a, &b, l)) / 2;
		if (g->ratio)
			*ret = exp(*ret);
	}
	free(a.v);
	free(b.v);
	return r;
}

/* The median of all; where values were given up only if that makes no difference to it. */
static int estimate(const struct groups *g, uint64_t pairs, double *ret)
{
	uint64_t k = (pairs + 1) / 2, l = pairs / 2 + 1;
	double least = NAN, most = NAN;
	int r = difference(g, MIDDLE, SOONEST, k, l, &least);

	if (r >= 0)
		r = difference(g, SOONEST, MIDDLE, k, l, &most);
	*ret = least == most ? least : NAN;
	return r;
}

/* The logarithm of a time of nothing is no number to subtract. */
static bool any_nothing(const struct fdr_sample *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].lo_ns <= 0)
			return true;
	return false;
}

int fdr_stats_shift(const struct fdr_sample *a, size_t n_a, const struct fdr_sample *b, size_t n_b,
		    bool ratio, struct fdr_shift *ret)
{
	struct groups g = { a, b, n_a, n_b, ratio };
	uint64_t pairs = (uint64_t)n_a * n_b;
	double miss = 0;
	size_t k = 0;
	int r;

	*ret = (struct fdr_shift){ .value = NAN };
	if (!pairs || (ratio && (any_nothing(a, n_a) || any_nothing(b, n_b))))
		return 0;
	ret->known = true;
	r = choose_rank(n_a, n_b, &k, &miss, &ret->exact);
	if (r >= 0)
		r = estimate(&g, pairs, &ret->value);
	if (r < 0 || !k)
		return r;
	ret->has_interval = true;
	ret->confidence = 1 - 2 * miss;
	r = difference(&g, HIGHEST, LOWEST, k, k, &ret->lo);
	if (r >= 0)
		r = difference(&g, LOWEST, HIGHEST, pairs + 1 - k, pairs + 1 - k, &ret->hi);
	return r;
}
