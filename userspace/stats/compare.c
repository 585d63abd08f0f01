// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.h"

#include <math.h>

int fdr_stats_compare(const struct fdr_series *a, const struct fdr_series *b,
		      const struct fdr_limit *limit, struct fdr_comparison *ret)
{
	const struct fdr_shift *s;
	int r;

	*ret = (struct fdr_comparison){ .a = a, .b = b, .gated = limit && limit->given };
	r = fdr_stats_describe(a->v, a->n, &ret->of_a);
	if (r >= 0)
		r = fdr_stats_describe(b->v, b->n, &ret->of_b);
	if (r >= 0)
		r = fdr_stats_shift(a->v, a->n, b->v, b->n, false, &ret->shift);
	if (r >= 0)
		r = fdr_stats_shift(a->v, a->n, b->v, b->n, true, &ret->ratio);
	ret->censored = ret->of_a.n_censored || ret->of_b.n_censored;
	if (r >= 0 && ret->censored)
		r = fdr_stats_logrank(a->v, a->n, b->v, b->n, &ret->logrank);
	if (r < 0 || !ret->gated)
		return r;
	s = limit->ratio ? &ret->ratio : &ret->shift;
	ret->gate = fdr_stats_gate(s->has_interval ? s->lo : NAN, s->has_interval ? s->hi : NAN,
				   limit->value);
	return 0;
}
