// SPDX-License-Identifier: GPL-2.0-or-later
/* Milestones that detectors tell, from the observations of a trial. */
#include "raw.h"

#include <string.h>

static bool same_view(const struct fdr_raw_obs *a, const struct fdr_raw_obs *b)
{
	return !strcmp(a->source, b->source) && !strcmp(a->subject, b->subject);
}

/*
 * Poll and log tell of the same change: it lies in both intervals.  Where they
 * do not meet (a message took longer than an answer) the earlier news stands.
 */
static struct fdr_interval narrow(const struct fdr_raw *raw, size_t first)
{
	const struct fdr_raw_obs *o = &raw->obs[first];
	struct fdr_interval at = o->when;

	for (size_t i = first + 1; i < raw->n_obs; i++) {
		const struct fdr_raw_obs *other = &raw->obs[i];

		if (!same_view(o, other))
			continue;
		if (strcmp(o->state, other->state))
			break;
		if (other->when.lo_ns > at.hi_ns || other->when.hi_ns < at.lo_ns)
			continue;
		if (other->when.lo_ns > at.lo_ns)
			at.lo_ns = other->when.lo_ns;
		if (other->when.hi_ns < at.hi_ns)
			at.hi_ns = other->when.hi_ns;
	}
	return at;
}

static int is_about(void *userdata, const struct fdr_plan_cond *leaf)
{
	return !strcmp(leaf->probe ? leaf->probe : leaf->workload, userdata);
}

static bool about(const struct fdr_plan_cond *c, const struct fdr_raw_obs *o)
{
	return fdr_cond_each(c, is_about, o->source);
}

static int tell(struct fdr_views *views, const struct fdr_raw *raw, size_t i, bool fresh)
{
	const struct fdr_raw_obs *o = &raw->obs[i];
	struct fdr_interval at = narrow(raw, i);
	bool changed;

	return fdr_views_tell(views, o->source, o->subject, o->state, &at, fresh, &changed);
}

int fdr_views_tell_raw(struct fdr_views *views, const struct fdr_raw *raw)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < raw->n_obs; i++)
		r = tell(views, raw, i, false);
	return r;
}

/* What was known when the trial began: no news. */
static int begin(struct fdr_views *views, const struct fdr_raw *raw)
{
	bool changed;
	int r = 0;

	*views = (struct fdr_views){ 0 };
	for (size_t i = 0; r >= 0 && raw->before && i < raw->before->n; i++) {
		const struct fdr_view *v = &raw->before->v[i];

		r = fdr_views_tell(views, v->source, v->subject, v->said[0].state,
				   &v->said[0].since, false, &changed);
	}
	return r;
}

/* The condition by all that was told so far. */
static struct fdr_held held(const struct fdr_views *views, enum fdr_scope scope,
			    const struct fdr_plan_cond *c)
{
	struct fdr_asking q = { .views = views, .scope = scope };
	struct fdr_held h;

	fdr_cond_ask(&q, c, &h);
	return h;
}

static void found(struct fdr_found *x, const struct fdr_held *h, const struct fdr_raw_obs *o)
{
	if (!x->found) {
		x->found = true;
		x->at = h->since;
		x->obs = o;
		return;
	}
	/* News of what may have come before it: then the order is not known. */
	if (h->since.lo_ns < x->at.lo_ns)
		x->at.lo_ns = h->since.lo_ns;
	if (h->since.hi_ns < x->at.hi_ns)
		x->at.hi_ns = h->since.hi_ns;
}

int fdr_find_first(const struct fdr_raw *raw, const struct fdr_plan_cond *c,
		   const struct fdr_interval *onset, struct fdr_found *ret)
{
	struct fdr_views views;
	int r = begin(&views, raw);

	*ret = (struct fdr_found){ 0 };
	for (size_t i = 0; r >= 0 && i < raw->n_obs; i++) {
		const struct fdr_raw_obs *o = &raw->obs[i];
		bool fresh = o->when.hi_ns > onset->lo_ns;
		struct fdr_held h;

		r = tell(&views, raw, i, fresh);
		if (r < 0 || !fresh || !about(c, o) ||
		    (ret->found && o->when.lo_ns >= ret->at.hi_ns))
			continue;
		h = held(&views, FDR_FIRST, c);
		if (h.truth == FDR_YES && h.fresh)
			found(ret, &h, o);
	}
	fdr_views_clear(&views);
	return r;
}

int fdr_find_return(const struct fdr_raw *raw, const struct fdr_plan_cond *c,
		    const struct fdr_interval *onset, int64_t from_ns, int64_t until_ns,
		    struct fdr_found *ret)
{
	struct fdr_views views;
	int r = begin(&views, raw);

	*ret = (struct fdr_found){ 0 };
	for (size_t i = 0; r >= 0 && i < raw->n_obs; i++) {
		const struct fdr_raw_obs *o = &raw->obs[i];
		bool fresh = o->when.hi_ns > onset->lo_ns;
		struct fdr_held h;

		r = tell(&views, raw, i, fresh);
		if (r < 0 || !fresh || !about(c, o))
			continue;
		if (until_ns && o->when.hi_ns > until_ns)
			break;
		h = held(&views, FDR_AGAIN, c);
		if (h.truth == FDR_NO) {
			ret->left = true;
			ret->found = ret->found && !until_ns;
		} else if (h.truth == FDR_YES && ret->left && !ret->found &&
			   h.since.hi_ns > from_ns) {
			found(ret, &h, o);
		}
	}
	fdr_views_clear(&views);
	return r;
}

struct blind {
	const struct fdr_raw *raw;
	int64_t from_ns;
	const char *probe;
};

static int is_blind(void *userdata, const struct fdr_plan_cond *leaf)
{
	struct blind *b = userdata;

	for (size_t i = 0; leaf->probe && i < b->raw->n_obs; i++) {
		const struct fdr_raw_obs *o = &b->raw->obs[i];

		if (!strcmp(o->source, leaf->probe) && !*o->subject &&
		    o->when.hi_ns > b->from_ns && !strcmp(o->state, "unreachable")) {
			b->probe = leaf->probe;
			return 1;
		}
	}
	return 0;
}

const char *fdr_was_blind(const struct fdr_raw *raw, const struct fdr_plan_cond *c,
			  int64_t from_ns)
{
	struct blind b = { raw, from_ns, NULL };

	fdr_cond_each(c, is_blind, &b);
	return b.probe;
}

int fdr_count_onsets(const struct fdr_raw *raw, const struct fdr_plan_cond *c, int64_t from_ns,
		     int64_t to_ns, unsigned int *ret)
{
	struct fdr_views views;
	int r = begin(&views, raw);

	*ret = 0;
	for (size_t i = 0; r >= 0 && i < raw->n_obs; i++) {
		const struct fdr_raw_obs *o = &raw->obs[i];
		struct fdr_held before, after;

		/* What this subject adds to the condition, and what it did until now. */
		fdr_views_mark_all_but(&views, o->source, o->subject);
		before = held(&views, FDR_FIRST, c);
		r = tell(&views, raw, i, true);
		if (r < 0 || !about(c, o) || o->when.hi_ns <= from_ns || o->when.hi_ns >= to_ns)
			continue;
		after = held(&views, FDR_FIRST, c);
		*ret += after.truth == FDR_YES && after.fresh &&
			!(before.truth == FDR_YES && before.fresh);
	}
	fdr_views_clear(&views);
	return r;
}
