/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_RESULT_STATS_H
#define FDR_RESULT_STATS_H

#include "result.h"

/*
 * Quantiles of reaction times from a handful of trials, without assuming a
 * distribution.  Documentation/method.md says what the figures mean.
 */

/* One trial's value: in [lo, hi], or, if censored, somewhere after lo. */
struct fdr_sample {
	int64_t lo_ns, hi_ns;
	bool censored;
};

#define FDR_STATS_CONFIDENCE	0.95
/* The upper end of an interval that the data do not bound. */
#define FDR_STATS_UNBOUNDED	INT64_MAX

/*
 * The ranks (from 1) of the narrowest symmetric pair of order statistics that
 * holds the median with at least 95 %.  False for n < 6: there is none.
 */
bool fdr_stats_median_ranks(size_t n, size_t *ret_lo, size_t *ret_hi, double *ret_confidence);
/*
 * One-sided bounds of the p-quantile, each with at least 95 %: the highest rank
 * that lies below it and the lowest that lies above it; 0 where n is too small.
 */
size_t fdr_stats_rank_below(size_t n, double p, double *ret_confidence);
size_t fdr_stats_rank_above(size_t n, double p, double *ret_confidence);

/*
 * The p-quantile, 0 < p < 1.  Values are ranked by the middle of their
 * interval; the ends carry the values' own uncertainty.  Where values are
 * censored the median is Kaplan and Meier's with a log-log band.  -ENOMEM.
 */
int fdr_stats_quantile(const struct fdr_sample *v, size_t n, double p, struct fdr_quantile *ret);

/*
 * Kaplan and Meier's estimate of the median and the limits of its 95 % log-log
 * band.  An end that the data do not reach is FDR_STATS_UNBOUNDED.
 */
struct fdr_km {
	int64_t median_ns, lo_ns, hi_ns;
};
int fdr_stats_km_median(const struct fdr_sample *v, size_t n, struct fdr_km *ret);

/* What did not happen in any of n trials has at most this rate, with 95 %. */
double fdr_stats_rate_upper(size_t n);

#endif /* FDR_RESULT_STATS_H */
