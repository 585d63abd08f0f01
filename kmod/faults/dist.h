/* SPDX-License-Identifier: GPL-2.0-only */
/* Lengths of time drawn at random from a distribution, without floating point. */
#ifndef FDR_DIST_H
#define FDR_DIST_H

#include <linux/types.h>

enum fdr_dist_kind {		/* the order of the words in the catalogue's rows */
	FDR_DIST_FIXED,		/* always the mean */
	FDR_DIST_UNIFORM,	/* mean - jitter .. mean + jitter */
	FDR_DIST_EXPONENTIAL,	/* p99 is 4.6 times the mean */
	FDR_DIST_PARETO,	/* heavy tailed: the smaller the shape, the heavier */
};

struct fdr_dist {
	enum fdr_dist_kind kind;
	u64 mean_ns;		/* at most 2^36, about a minute */
	u64 jitter_ns;		/* FDR_DIST_UNIFORM; at most mean_ns */
	u32 shape;		/* FDR_DIST_PARETO, in hundredths; more than 100 */
	u64 cap_ns;		/* what is longer is cut to this, which lowers the mean */
	u64 seed;
};

/* Draw number @n: it depends on @dist and on @n alone.  Any context. */
u64 fdr_dist_draw(const struct fdr_dist *dist, u64 n);

#endif /* FDR_DIST_H */
