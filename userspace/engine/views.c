// SPDX-License-Identifier: GPL-2.0-or-later
#include "views.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

/* A probe says so of itself, by the empty subject. */
#define BLIND	"unreachable"

static struct fdr_view *find(const struct fdr_views *s, const char *source, const char *subject)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i].source, source) && !strcmp(s->v[i].subject, subject))
			return &s->v[i];
	return NULL;
}

static void free_view(struct fdr_view *v)
{
	for (size_t i = 0; i < v->n_said; i++)
		free(v->said[i].state);
	free(v->source);
	free(v->subject);
}

static struct fdr_view *add(struct fdr_views *s, const char *source, const char *subject)
{
	struct fdr_view *v = reallocarray(s->v, s->n + 1, sizeof(*v));

	if (!v)
		return NULL;
	s->v = v;
	v += s->n;
	*v = (struct fdr_view){ .source = strdup(source), .subject = strdup(subject) };
	if (!v->source || !v->subject) {
		free_view(v);
		return NULL;
	}
	s->n++;
	return v;
}

/* Something new: what was said before moves back by one. */
static void push(struct fdr_view *v, const struct fdr_said *new)
{
	if (v->n_said == FDR_SAID_MAX)
		free(v->said[--v->n_said].state);
	memmove(&v->said[1], &v->said[0], v->n_said * sizeof(v->said[0]));
	v->said[0] = *new;
	v->n_said++;
}

int fdr_views_tell(struct fdr_views *s, const char *source, const char *subject, const char *state,
		   const struct fdr_interval *when, bool fresh, bool *ret_changed)
{
	struct fdr_view *v = find(s, source, subject);
	struct fdr_said new = { .since = *when, .fresh = fresh };

	*ret_changed = !v || strcmp(v->said[0].state, state);
	if (*ret_changed) {
		new.state = strdup(state);
		if (new.state && !v)
			v = add(s, source, subject);
		if (!new.state || !v) {
			free(new.state);
			return -ENOMEM;
		}
		push(v, &new);
	} else if (fresh && !v->said[0].fresh) {
		/* Told again, and for the first time since the mark: that is when it is news. */
		v->said[0].since = *when;
		v->said[0].fresh = true;
	}
	v->told = ++s->n_told;
	return 0;
}

void fdr_views_mark(struct fdr_views *s)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->v[i].n_said; k++)
			s->v[i].said[k].fresh = false;
}

void fdr_views_mark_all_but(struct fdr_views *s, const char *source, const char *subject)
{
	struct fdr_view *v = find(s, source, subject);

	fdr_views_mark(s);
	for (size_t k = 0; v && k < v->n_said; k++)
		v->said[k].fresh = true;
}

void fdr_views_clear(struct fdr_views *s)
{
	for (size_t i = 0; i < s->n; i++)
		free_view(&s->v[i]);
	free(s->v);
	*s = (struct fdr_views){ 0 };
}

/*
 * Without a subject it speaks of all that the probe names; of the probe's own, "",
 * only where it names none.
 */
bool fdr_cond_concerns(const struct fdr_views *s, const struct fdr_plan_cond *leaf,
		       const char *source, const char *subject)
{
	if (!leaf->probe || strcmp(leaf->probe, source))
		return false;
	if (leaf->subject)
		return !strcmp(leaf->subject, subject);
	if (*subject)
		return true;
	for (size_t i = 0; i < s->n; i++)
		if (*s->v[i].subject && !strcmp(s->v[i].source, source))
			return false;
	return true;
}

static void FDR_PRINTF(2, 3) tell_why(const struct fdr_asking *q, const char *fmt, ...)
{
	va_list ap;

	/* The first reason stands. */
	if (!q->why || *q->why)
		return;
	va_start(ap, fmt);
	vsnprintf(q->why, q->why_size, fmt, ap);
	va_end(ap);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/*
 * Takes one more part into the account of all (@all) or any of them: one truth
 * decides for the whole, and then the earliest part that has it tells since when;
 * otherwise all parts must agree, and the latest tells.
 */
static void take(struct fdr_held *sum, const struct fdr_held *part, bool all)
{
	enum fdr_truth decides = all ? FDR_NO : FDR_YES;

	if (part->truth != decides && sum->truth == decides)
		return;
	if (part->truth == decides && sum->truth == decides) {
		/* What is fresh is what came to be so now. */
		if (sum->fresh != part->fresh) {
			*sum = sum->fresh ? *sum : *part;
			return;
		}
		sum->since.lo_ns = least(sum->since.lo_ns, part->since.lo_ns);
		sum->since.hi_ns = least(sum->since.hi_ns, part->since.hi_ns);
	} else if (part->truth == decides) {
		*sum = *part;
	} else if (part->truth == FDR_UNKNOWN || sum->truth == FDR_UNKNOWN) {
		sum->truth = FDR_UNKNOWN;
	} else {
		sum->fresh = sum->fresh || part->fresh;
		sum->since.lo_ns = most(sum->since.lo_ns, part->since.lo_ns);
		sum->since.hi_ns = most(sum->since.hi_ns, part->since.hi_ns);
	}
}

/*
 * Nothing of the probe can be relied on while it cannot see, but for what reached it
 * by another way meanwhile; of the steady state that is not enough.
 */
static bool is_blind(const struct fdr_asking *q, const struct fdr_plan_cond *leaf,
		     const struct fdr_view *v)
{
	const struct fdr_view *own = find(q->views, leaf->probe, "");

	if (!own || strcmp(own->said[0].state, BLIND) || fdr_cond_names(leaf, BLIND))
		return false;
	return q->scope == FDR_EVERY || !v || v->told < own->told;
}

static struct fdr_held view_held(const struct fdr_asking *q, const struct fdr_plan_cond *leaf,
				 bool turned, const struct fdr_view *v)
{
	const struct fdr_said *now = &v->said[0], *from = now;
	bool named = fdr_cond_names(leaf, now->state);
	struct fdr_held h = { .truth = FDR_UNKNOWN };

	if (is_blind(q, leaf, v)) {
		tell_why(q, "%s is unreachable", leaf->probe);
		return h;
	}
	/* From one state that will do to another nothing has changed. */
	while (from + 1 < v->said + v->n_said && fdr_cond_names(leaf, from[1].state) == named)
		from++;
	h.truth = named != turned ? FDR_YES : FDR_NO;
	h.since = from->since;
	/* Of what lasts it is no matter when it was told. */
	h.fresh = from->fresh && q->scope != FDR_EVERY;
	if (h.truth == FDR_YES)
		return h;
	if (turned)
		tell_why(q, "%s says %s%s%s", leaf->probe, v->subject, *v->subject ? " is " : "",
			 now->state);
	else
		tell_why(q, "%s says %s%s%s, not %s", leaf->probe, v->subject,
			 *v->subject ? " is " : "", now->state, leaf->states[0]);
	return h;
}

static void ask_probe(const struct fdr_asking *q, const struct fdr_plan_cond *leaf, bool turned,
		      struct fdr_held *ret)
{
	bool any = false;

	*ret = (struct fdr_held){ .truth = FDR_UNKNOWN };
	if (q->scope == FDR_EVERY && is_blind(q, leaf, NULL)) {
		tell_why(q, "%s is unreachable", leaf->probe);
		return;
	}
	for (size_t i = 0; i < q->views->n; i++) {
		const struct fdr_view *v = &q->views->v[i];
		struct fdr_held h;

		if (!fdr_cond_concerns(q->views, leaf, v->source, v->subject) ||
		    (q->scope == FDR_AGAIN && !leaf->subject && !v->said[0].fresh))
			continue;
		h = view_held(q, leaf, turned, v);
		if (any)
			take(ret, &h, q->scope != FDR_FIRST);
		else
			*ret = h;
		any = true;
	}
	if (!any)
		tell_why(q, "%s has said nothing%s%s yet", leaf->probe,
			 leaf->subject && *leaf->subject ? " of " : "",
			 leaf->subject ? leaf->subject : "");
}

static void ask_workload(const struct fdr_asking *q, const struct fdr_plan_cond *leaf, bool turned,
			 struct fdr_held *ret)
{
	const struct fdr_view *v;

	*ret = (struct fdr_held){ .truth = FDR_UNKNOWN };
	if (q->workload) {
		/* What speaks against success is no reason why there is too much of it. */
		q->workload(q->userdata, leaf->workload, ret, turned ? NULL : q->why, q->why_size);
	} else {
		v = find(q->views, leaf->workload, "");
		if (v)
			*ret = (struct fdr_held){ strcmp(v->said[0].state, FDR_VIEW_OK) ?
						  FDR_NO : FDR_YES, v->said[0].since,
						  v->said[0].fresh };
	}
	if (turned && ret->truth != FDR_UNKNOWN)
		ret->truth = ret->truth == FDR_YES ? FDR_NO : FDR_YES;
	if (turned && ret->truth != FDR_YES)
		tell_why(q, ret->truth == FDR_NO ? "all requests of %s succeed" :
			 "it is not known how requests of %s fare", leaf->workload);
}

static void ask(const struct fdr_asking *q, const struct fdr_plan_cond *c, bool turned,
		struct fdr_held *ret)
{
	bool all = (c->op == FDR_COND_ALL) != turned, silent = !q->why || *q->why;

	if (c->op == FDR_COND_NOT) {
		ask(q, c->parts, !turned, ret);
	} else if (c->op == FDR_COND_LEAF) {
		if (c->probe)
			ask_probe(q, c, turned, ret);
		else
			ask_workload(q, c, turned, ret);
	} else {
		ask(q, c->parts, turned, ret);
		for (size_t i = 1; i < c->n_parts; i++) {
			struct fdr_held part;

			ask(q, &c->parts[i], turned, &part);
			take(ret, &part, all);
		}
	}
	/* What spoke against a part of what holds all the same is no reason. */
	if (!silent && ret->truth == FDR_YES)
		*q->why = '\0';
}

void fdr_cond_ask(const struct fdr_asking *q, const struct fdr_plan_cond *c, struct fdr_held *ret)
{
	*ret = (struct fdr_held){ .truth = FDR_UNKNOWN };
	if (fdr_cond_given(c))
		ask(q, c, false, ret);
}
