// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Of n values, the number that lie below the p-quantile is binomial (n, p),
 * whatever the values are distributed like.  The r-th smallest misses it, by
 * being above, where fewer than r lie below it; the s-th, where at least s do.
 */
#include "stats.h"

#include <math.h>

/* Forgives rounding where a probability meets its limit exactly. */
#define EPSILON		1e-12

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

size_t fdr_stats_rank_below(size_t n, double p, double confidence, double *ret_confidence)
{
	double miss;
	size_t r = rank_below(n, p, 1 - confidence, &miss);

	*ret_confidence = 1 - miss;
	return r;
}

/*
 * Each lower rank that is sure enough leaves a rest of what may be missed for the upper
 * one, and less of it the higher it is.  Seen from above, the p-quantile is the
 * (1 - p)-quantile.
 */
bool fdr_stats_ranks(size_t n, double p, double confidence, struct fdr_ranks *ret)
{
	double alpha = 1 - confidence, miss, low = 0, high;
	size_t most = rank_below(n, p, alpha, &miss), best = 0;
	size_t above = rank_below(n, 1 - p, alpha, &high);

	*ret = (struct fdr_ranks){ 0 };
	for (size_t r = 1; r <= most; r++) {
		size_t width;

		low += binomial(r - 1, n, p);
		while (above && high > alpha - low + EPSILON)
			high -= binomial(--above, n, 1 - p);
		if (!above || n + 1 - above <= r)
			break;
		width = n + 1 - above - r;
		if (best && (width > best || (width == best && high >= ret->miss_hi)))
			continue;
		best = width;
		*ret = (struct fdr_ranks){ r, r + width, low, high };
	}
	return best;
}
