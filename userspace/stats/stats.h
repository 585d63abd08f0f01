/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_STATS_STATS_H
#define FDR_STATS_STATS_H

#include "base/macro.h"

/*
 * What a handful of times says, and how sure one can be of it, without assuming
 * a distribution.  Nothing here reads or prints; Documentation/method.md says what
 * the figures mean.  Functions that return int give 0 or -ENOMEM.
 */

#define FDR_STATS_CONFIDENCE	0.95
/* The upper end of an interval that the data do not bound. */
#define FDR_STATS_UNBOUNDED	INT64_MAX
/* The lower one. */
#define FDR_STATS_NOTHING	INT64_MIN

/* One trial's value: in [lo, hi], or, if censored, somewhere after lo. */
struct fdr_sample {
	int64_t lo_ns, hi_ns;
	bool censored;
};

/* The middle of what was seen; the last that is known of what was censored. */
static inline int64_t fdr_sample_middle(const struct fdr_sample *s)
{
	return s->censored ? s->lo_ns : s->lo_ns + (s->hi_ns - s->lo_ns) / 2;
}

/* ranks.c: which order statistics enclose the p-quantile, 0 < p < 1. */

/* @miss_lo: the chance that the lower one is above the quantile; @miss_hi: the other way. */
struct fdr_ranks {
	size_t lo, hi;			/* from 1 */
	double miss_lo, miss_hi;
};
/*
 * The two closest to each other that hold it with at least @confidence, exactly by
 * the binomial distribution; of equals those of which the higher is the surer.
 * False: n is too small for any.
 */
bool fdr_stats_ranks(size_t n, double p, double confidence, struct fdr_ranks *ret);
/* The highest rank that lies below it with at least @confidence; 0: n is too small. */
size_t fdr_stats_rank_below(size_t n, double p, double confidence, double *ret_confidence);

/* quantile.c */

struct fdr_quantile {
	double p;
	bool known;			/* false: so few trials say nothing at all of it */
	int64_t value_ns;
	bool at_least;			/* n too small: only ">= value", with @confidence */
	bool has_interval;		/* false: n too small for 95 % */
	bool survival;			/* by Kaplan and Meier, and not by ranks alone */
	int64_t lo_ns, hi_ns;
	double confidence;		/* achieved, >= 0.95 */
};

/*
 * The p-quantile, 0 < p < 1, from values in any order.  The estimate is that of
 * the middles; the ends are the worst that the values' own intervals allow.  By ranks
 * alone, unless a value was given up before the upper end: then by Kaplan and Meier.
 */
int fdr_stats_quantile(const struct fdr_sample *v, size_t n, double p, struct fdr_quantile *ret);

/*
 * The same in a run that stops once its interval is narrow.  Who looks again and again
 * stops at a moment when the interval is narrower than it ought to be, and it holds
 * less often than it says: this one is made for FDR_STATS_STOPPING and claims 95 %.
 */
#define FDR_STATS_STOPPING	0.97
int fdr_stats_quantile_stopping(const struct fdr_sample *v, size_t n, double p,
				struct fdr_quantile *ret);
/* May trials stop?  The interval is bounded and its half at most @fraction of the estimate. */
bool fdr_stats_narrow(const struct fdr_quantile *q, double fraction);
/* The sizes at which alone to ask: 20 and then half as many again each time. */
bool fdr_stats_look(size_t n);

/* survival.c */

/* Kaplan and Meier's curve from values in any order; free with fdr_survival_clear(). */
struct fdr_survival {
	struct fdr_step {
		int64_t at_ns;
		size_t at_risk, events;
		double level;		/* the share that is later than this */
		/* Moments of the true share, right after this step and after the next. */
		double here[2], next[2];
	} *steps;			/* one for each instant of the data */
	size_t n;
};
/* Which end of a value that was seen counts as its time. */
enum fdr_end { FDR_END_LO, FDR_END_MIDDLE, FDR_END_HI };
int fdr_stats_survival(const struct fdr_sample *v, size_t n, enum fdr_end end,
		       struct fdr_survival *ret);
void fdr_survival_clear(struct fdr_survival *s);
/* Where the curve reaches 1 - p, the middle of a level step; FDR_STATS_UNBOUNDED: nowhere. */
int64_t fdr_survival_quantile(const struct fdr_survival *s, double p);
/* Limits of the p-quantile, FDR_STATS_NOTHING and FDR_STATS_UNBOUNDED where there is none. */
void fdr_survival_limits(const struct fdr_survival *s, double p, double confidence,
			 int64_t *ret_lo, int64_t *ret_hi);
/* share.c */

/* k of n, and Clopper and Pearson's limits for the true share; n = 0: 0 to 1. */
struct fdr_share {
	uint64_t k, n;
	double value, lo, hi;
};
struct fdr_share fdr_stats_share(uint64_t k, uint64_t n);
/* What did not happen in any of n trials has at most this rate, with 95 %. */
double fdr_stats_rate_upper(size_t n);
/* P(X <= x) of the beta distribution; a, b > 0. */
double fdr_stats_beta(double x, double a, double b);

/* shift.c: how much later b is than a. */

struct fdr_shift {
	bool known;			/* false: nothing to compare */
	double value;			/* ns, or b / a; NAN where censored values leave it open */
	bool has_interval;		/* false: too few for 95 % */
	double lo, hi;			/* -INFINITY, INFINITY: not bounded */
	double confidence;		/* achieved */
	bool exact;			/* by the exact distribution of Mann and Whitney's U */
};

/*
 * Hodges and Lehmann's shift: the median of all differences b - a, or of all
 * ratios b / a.  The ends are the worst that the values' own intervals allow, with
 * a censored value anywhere after its lo.  Values below 2^53 ns (104 days).
 */
int fdr_stats_shift(const struct fdr_sample *a, size_t n_a, const struct fdr_sample *b, size_t n_b,
		    bool ratio, struct fdr_shift *ret);

/* logrank.c */

struct fdr_logrank {
	bool known;			/* false: no event, or no one to compare with */
	double observed, expected;	/* events of b */
	double chi2, p;
};
/* Is one of them later?  By the middles of what was seen. */
int fdr_stats_logrank(const struct fdr_sample *a, size_t n_a, const struct fdr_sample *b,
		      size_t n_b, struct fdr_logrank *ret);

/* gate.c */

enum fdr_gate { FDR_GATE_PASS, FDR_GATE_FAIL, FDR_GATE_INCONCLUSIVE };
extern const char *const fdr_gate_names[];
/*
 * Is what lies in [lo, hi] at most @limit?  Pass: hi is.  Fail: lo is not.
 * NAN at an end: nothing is known of it.
 */
enum fdr_gate fdr_stats_gate(double lo, double hi, double limit);
enum fdr_gate fdr_stats_gate_quantile(const struct fdr_quantile *q, int64_t limit_ns);

/* describe.c */

#define FDR_QUANTILES	4
/* All that is said of one group of values. */
struct fdr_description {
	unsigned int n, n_censored;	/* values, and those of them that were given up */
	unsigned int n_absent;		/* for the caller: trials that had no value to give */
	int64_t min_ns, max_ns;		/* of those seen, uncertainty included */
	int64_t bound_ns;		/* the widest half interval among them */
	struct fdr_share seen;
	struct fdr_quantile q[FDR_QUANTILES];	/* p50, p90, p95, p99 */
	size_t n_q;			/* 0: there are no values */
};
int fdr_stats_describe(const struct fdr_sample *v, size_t n, struct fdr_description *ret);
/* The same of a run that may have stopped early: fdr_stats_quantile_stopping(). */
int fdr_stats_describe_stopping(const struct fdr_sample *v, size_t n, struct fdr_description *ret);

/* Named groups of values, in the order in which they were first met. */
struct fdr_series {
	char *name;
	struct fdr_sample *v;
	size_t n;
};
struct fdr_series_set {
	struct fdr_series *v;
	size_t n;
};
int fdr_series_add(struct fdr_series_set *set, const char *name, const struct fdr_sample *s);
const struct fdr_series *fdr_series_find(const struct fdr_series_set *set, const char *name);
void fdr_series_clear(struct fdr_series_set *set);

/* compare.c */

/* What b may be later than a. */
struct fdr_limit {
	bool given, ratio;
	double value;			/* ns, or the greatest b / a */
};
struct fdr_comparison {
	const struct fdr_series *a, *b;
	struct fdr_description of_a, of_b;
	struct fdr_shift shift, ratio;
	bool censored;			/* anywhere: then @logrank */
	struct fdr_logrank logrank;
	bool gated;
	enum fdr_gate gate;
};
/* @limit may be NULL. */
int fdr_stats_compare(const struct fdr_series *a, const struct fdr_series *b,
		      const struct fdr_limit *limit, struct fdr_comparison *ret);

#endif /* FDR_STATS_STATS_H */
