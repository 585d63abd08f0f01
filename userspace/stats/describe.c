// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats.h"

#include <errno.h>
#include <string.h>

static void take(struct fdr_description *d, const struct fdr_sample *s)
{
	int64_t half = (s->hi_ns - s->lo_ns + 1) / 2;
	bool first = d->n == d->n_censored;

	d->n++;
	if (s->censored) {
		d->n_censored++;
		return;
	}
	if (first || s->lo_ns < d->min_ns)
		d->min_ns = s->lo_ns;
	if (first || s->hi_ns > d->max_ns)
		d->max_ns = s->hi_ns;
	if (half > d->bound_ns)
		d->bound_ns = half;
}

static int describe(const struct fdr_sample *v, size_t n, struct fdr_description *ret,
		    int (*quantile)(const struct fdr_sample *v, size_t n, double p,
				    struct fdr_quantile *ret))
{
	static const double p[FDR_QUANTILES] = { 0.5, 0.9, 0.95, 0.99 };

	*ret = (struct fdr_description){ 0 };
	for (size_t i = 0; i < n; i++)
		take(ret, &v[i]);
	ret->seen = fdr_stats_share(ret->n - ret->n_censored, ret->n);
	for (size_t i = 0; n && i < FDR_QUANTILES; i++) {
		int r = quantile(v, n, p[i], &ret->q[i]);

		if (r < 0)
			return r;
		ret->n_q++;
	}
	return 0;
}

int fdr_stats_describe(const struct fdr_sample *v, size_t n, struct fdr_description *ret)
{
	return describe(v, n, ret, fdr_stats_quantile);
}

int fdr_stats_describe_stopping(const struct fdr_sample *v, size_t n, struct fdr_description *ret)
{
	return describe(v, n, ret, fdr_stats_quantile_stopping);
}

static struct fdr_series *get(struct fdr_series_set *set, const char *name)
{
	struct fdr_series *more;

	for (size_t i = 0; i < set->n; i++)
		if (!strcmp(set->v[i].name, name))
			return &set->v[i];
	more = reallocarray(set->v, set->n + 1, sizeof(*more));
	if (!more)
		return NULL;
	set->v = more;
	more += set->n;
	*more = (struct fdr_series){ .name = strdup(name) };
	if (!more->name)
		return NULL;
	set->n++;
	return more;
}

int fdr_series_add(struct fdr_series_set *set, const char *name, const struct fdr_sample *s)
{
	struct fdr_series *to = get(set, name);

	if (!to)
		return -ENOMEM;
	/* Grows at the powers of two. */
	if (!(to->n & (to->n - 1))) {
		struct fdr_sample *v = reallocarray(to->v, to->n ? to->n * 2 : 1, sizeof(*v));

		if (!v)
			return -ENOMEM;
		to->v = v;
	}
	to->v[to->n++] = *s;
	return 0;
}

const struct fdr_series *fdr_series_find(const struct fdr_series_set *set, const char *name)
{
	for (size_t i = 0; i < set->n; i++)
		if (!strcmp(set->v[i].name, name))
			return &set->v[i];
	return NULL;
}

void fdr_series_clear(struct fdr_series_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		free(set->v[i].name);
		free(set->v[i].v);
	}
	free(set->v);
	*set = (struct fdr_series_set){ 0 };
}
