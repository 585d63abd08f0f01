// SPDX-License-Identifier: GPL-2.0-or-later
/* The beta distribution, and the shares that it bounds. */
#include "stats.h"

#include <math.h>

#define ALPHA		(1.0 - FDR_STATS_CONFIDENCE)
#define TINY		1e-300

/*
 * The continued fraction of the incomplete beta function (Abramowitz and
 * Stegun, 26.5.8), evaluated from the front by Lentz's method.
 */
static double fraction(double x, double a, double b)
{
	double c = 1, d = 1 - (a + b) * x / (a + 1), f;

	d = 1 / (fabs(d) < TINY ? TINY : d);
	f = d;
	for (int m = 1; m < 10000; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		d = 1 + even * d;
		c = 1 + even / c;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = fabs(c) < TINY ? TINY : c;
		f *= d * c;
		d = 1 + odd * d;
		c = 1 + odd / c;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = fabs(c) < TINY ? TINY : c;
		step = d * c;
		f *= step;
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return f;
}

double fdr_stats_beta(double x, double a, double b)
{
	double front;
	int sign;

	if (x <= 0)
		return 0;
	if (x >= 1)
		return 1;
	front = exp(lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) +
		    a * log(x) + b * log1p(-x));
	/* The fraction converges fast on this side of the mean. */
	if (x < (a + 1) / (a + b + 2))
		return front * fraction(x, a, b) / a;
	return 1 - front * fraction(1 - x, b, a) / b;
}

/* Where the distribution reaches @level. */
static double beta_quantile(double level, double a, double b)
{
	double lo = 0, hi = 1;

	for (;;) {
		double mid = lo + (hi - lo) / 2;

		if (mid <= lo || mid >= hi || hi - lo < 1e-15)
			return mid;
		if (fdr_stats_beta(mid, a, b) < level)
			lo = mid;
		else
			hi = mid;
	}
}

struct fdr_share fdr_stats_share(uint64_t k, uint64_t n)
{
	struct fdr_share s = { .k = k, .n = n, .hi = 1 };
	double seen = (double)k, not_seen = (double)(n - k);

	if (!n)
		return s;
	s.value = seen / (double)n;
	if (k)
		s.lo = beta_quantile(ALPHA / 2, seen, not_seen + 1);
	if (k < n)
		s.hi = beta_quantile(1 - ALPHA / 2, seen + 1, not_seen);
	return s;
}

double fdr_stats_rate_upper(size_t n)
{
	return n ? 1 - pow(ALPHA, 1.0 / (double)n) : 1;
}
