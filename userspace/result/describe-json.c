// SPDX-License-Identifier: GPL-2.0-or-later
#include "describe-json.h"

#include <math.h>

/* Sets a member, or null where @value could not be made. */
static void put(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, value ? value : json_null());
}

static json_t *ns_or_null(int64_t ns)
{
	return ns == FDR_STATS_UNBOUNDED ? json_null() : json_integer(ns);
}

json_t *fdr_share_json(const struct fdr_share *s)
{
	json_t *o = json_object();

	put(o, "k", json_integer((json_int_t)s->k));
	put(o, "n", json_integer((json_int_t)s->n));
	put(o, "value", s->n ? json_real(s->value) : json_null());
	put(o, "lo", json_real(s->lo));
	put(o, "hi", json_real(s->hi));
	return o;
}

json_t *fdr_quantile_json(const struct fdr_quantile *q)
{
	json_t *o = json_object();
	bool said = q->known && (q->has_interval || q->at_least);

	put(o, "value_ns", q->known ? json_integer(q->value_ns) : json_null());
	put(o, "at_least", json_boolean(q->at_least));
	put(o, "lo_ns", q->known && q->has_interval ? json_integer(q->lo_ns) : json_null());
	put(o, "hi_ns", q->known && q->has_interval ? ns_or_null(q->hi_ns) : json_null());
	put(o, "one_sided", json_boolean(q->at_least));
	put(o, "method", json_string(q->survival ? "survival" : "ranks"));
	put(o, "confidence", said ? json_real(q->confidence) : json_null());
	return o;
}

json_t *fdr_description_json(const struct fdr_description *d)
{
	json_t *o = json_object(), *qs = json_object();
	bool seen = d->n > d->n_censored;
	char key[16];

	put(o, "n", json_integer(d->n));
	put(o, "n_censored", json_integer(d->n_censored));
	put(o, "n_absent", json_integer(d->n_absent));
	put(o, "seen", fdr_share_json(&d->seen));
	put(o, "min_ns", seen ? json_integer(d->min_ns) : json_null());
	put(o, "max_ns", seen ? json_integer(d->max_ns) : json_null());
	put(o, "bound_ns", seen ? json_integer(d->bound_ns) : json_null());
	for (size_t i = 0; i < d->n_q; i++) {
		snprintf(key, sizeof(key), "p%g", d->q[i].p * 100);
		put(qs, key, fdr_quantile_json(&d->q[i]));
	}
	put(o, "quantiles", qs);
	return o;
}

static json_t *number(double v, bool ratio)
{
	if (!isfinite(v))
		return json_null();
	return ratio ? json_real(v) : json_integer((json_int_t)llround(v));
}

json_t *fdr_shift_json(const struct fdr_shift *s, bool ratio)
{
	json_t *o = json_object();

	if (!s->known) {
		json_decref(o);
		return json_null();
	}
	put(o, ratio ? "value" : "value_ns", number(s->value, ratio));
	put(o, ratio ? "lo" : "lo_ns", s->has_interval ? number(s->lo, ratio) : json_null());
	put(o, ratio ? "hi" : "hi_ns", s->has_interval ? number(s->hi, ratio) : json_null());
	put(o, "confidence", s->has_interval ? json_real(s->confidence) : json_null());
	put(o, "exact", json_boolean(s->exact));
	return o;
}

json_t *fdr_comparison_json(const struct fdr_comparison *c, const struct fdr_limit *limit)
{
	json_t *o = json_object(), *l = NULL;

	put(o, "a", json_string(c->a->name));
	put(o, "b", json_string(c->b->name));
	put(o, "shift", fdr_shift_json(&c->shift, false));
	put(o, "ratio", fdr_shift_json(&c->ratio, true));
	if (c->censored && c->logrank.known) {
		l = json_object();
		put(l, "observed", json_real(c->logrank.observed));
		put(l, "expected", json_real(c->logrank.expected));
		put(l, "chi2", json_real(c->logrank.chi2));
		put(l, "p", json_real(c->logrank.p));
	}
	put(o, "logrank", l);
	if (!c->gated)
		return o;
	put(o, limit->ratio ? "limit" : "limit_ns", number(limit->value, limit->ratio));
	put(o, "gate", json_string(fdr_gate_names[c->gate]));
	return o;
}
