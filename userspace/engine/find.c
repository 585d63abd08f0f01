// SPDX-License-Identifier: GPL-2.0-or-later
/* Milestones that detectors tell, from the observations of a trial. */
#include "raw.h"

#include <string.h>

bool fdr_cond_read(const json_t *plan, enum fdr_milestone m, struct fdr_cond *ret)
{
	const json_t *c = json_object_get(json_object_get(plan, "milestones"),
					  fdr_milestone_names[m]);

	*ret = (struct fdr_cond){
		.probe = json_string_value(json_object_get(c, "probe")),
		.subject = json_string_value(json_object_get(c, "subject")),
		.state = json_string_value(json_object_get(c, "state")),
		.workload = json_string_value(json_object_get(c, "workload")),
	};
	return ret->workload || (ret->probe && ret->state);
}

/* Without a subject: whomever the probe names, itself ("") only if no one. */
static bool concerns(const struct fdr_raw *raw, const struct fdr_cond *c,
		     const struct fdr_raw_obs *o)
{
	if (!c->probe || strcmp(o->source, c->probe))
		return false;
	if (c->subject)
		return !strcmp(o->subject, c->subject);
	if (*o->subject)
		return true;
	for (size_t i = 0; i < raw->n_obs; i++)
		if (*raw->obs[i].subject && !strcmp(raw->obs[i].source, c->probe))
			return false;
	return true;
}

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

static void found(const struct fdr_raw *raw, size_t i, struct fdr_found *ret)
{
	*ret = (struct fdr_found){ .found = true, .at = narrow(raw, i), .obs = &raw->obs[i] };
}

void fdr_find_first(const struct fdr_raw *raw, const struct fdr_cond *c,
		    const struct fdr_interval *onset, struct fdr_found *ret)
{
	*ret = (struct fdr_found){ 0 };
	for (size_t i = 0; i < raw->n_obs; i++) {
		const struct fdr_raw_obs *o = &raw->obs[i];

		if (o->when.hi_ns <= onset->lo_ns || !concerns(raw, c, o) ||
		    strcmp(o->state, c->state))
			continue;
		found(raw, i, ret);
		return;
	}
}

/* The last time that @raw->obs[of]'s subject came (back) to the state, if it stayed. */
static bool last_return(const struct fdr_raw *raw, const struct fdr_cond *c, size_t of,
			const struct fdr_interval *onset, int64_t from_ns, size_t *ret)
{
	bool left = false, back = false;

	for (size_t i = 0; i < raw->n_obs; i++) {
		const struct fdr_raw_obs *o = &raw->obs[i];

		if (!same_view(o, &raw->obs[of]) || o->when.hi_ns <= onset->lo_ns)
			continue;
		if (strcmp(o->state, c->state)) {
			left = true;
			back = false;
		} else if (left && !back && o->when.hi_ns > from_ns) {
			back = true;
			*ret = i;
		}
	}
	return back;
}

/* Has the subject left the state since the onset? */
static bool is_first_departure(const struct fdr_raw *raw, const struct fdr_cond *c, size_t at,
			       const struct fdr_interval *onset)
{
	const struct fdr_raw_obs *o = &raw->obs[at];

	if (o->when.hi_ns <= onset->lo_ns || !concerns(raw, c, o) || !strcmp(o->state, c->state))
		return false;
	for (size_t i = 0; i < at; i++)
		if (same_view(&raw->obs[i], o) && raw->obs[i].when.hi_ns > onset->lo_ns &&
		    strcmp(raw->obs[i].state, c->state))
			return false;
	return true;
}

void fdr_find_return(const struct fdr_raw *raw, const struct fdr_cond *c,
		     const struct fdr_interval *onset, int64_t from_ns, struct fdr_found *ret)
{
	*ret = (struct fdr_found){ 0 };
	for (size_t i = 0; i < raw->n_obs; i++) {
		struct fdr_found one;
		size_t back;

		if (!is_first_departure(raw, c, i, onset))
			continue;
		if (!last_return(raw, c, i, onset, from_ns, &back)) {
			*ret = (struct fdr_found){ 0 };
			return;
		}
		found(raw, back, &one);
		/* All that left must be back: the last one counts. */
		if (!ret->found || one.at.hi_ns > ret->at.hi_ns)
			*ret = one;
	}
}

bool fdr_was_blind(const struct fdr_raw *raw, const struct fdr_cond *c, int64_t from_ns)
{
	for (size_t i = 0; c->probe && i < raw->n_obs; i++) {
		const struct fdr_raw_obs *o = &raw->obs[i];

		if (!strcmp(o->source, c->probe) && !*o->subject && o->when.hi_ns > from_ns &&
		    !strcmp(o->state, "unreachable"))
			return true;
	}
	return false;
}

unsigned int fdr_count_onsets(const struct fdr_raw *raw, const struct fdr_cond *c,
			      int64_t from_ns, int64_t to_ns)
{
	unsigned int n = 0;

	for (size_t i = 0; i < raw->n_obs; i++) {
		const struct fdr_raw_obs *o = &raw->obs[i], *before = NULL;

		if (!concerns(raw, c, o) || strcmp(o->state, c->state) ||
		    o->when.hi_ns <= from_ns || o->when.hi_ns >= to_ns)
			continue;
		/* The second witness of the same change does not count again. */
		for (size_t j = 0; j < i; j++)
			if (same_view(&raw->obs[j], o))
				before = &raw->obs[j];
		n += !before || strcmp(before->state, o->state);
	}
	return n;
}
