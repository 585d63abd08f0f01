// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Limits that a plan sets itself, held against the worst that its draws can come to.
 * Whom a probe will name is not known here: the engine looks again before it arms.
 */
#include "sections.h"
#include "target.h"

#include <string.h>

struct check {
	const struct fdr_plan *p;
	struct fdr_bind *b;
};

#define ERROR(c, place, ...)	fdr_plan_error((c)->b->errors, (place), __VA_ARGS__)

/* The most nodes of @role (NULL: of any) that the step breaks, as far as the plan says. */
static size_t most_of(const struct fdr_plan *p, const struct fdr_plan_step *s, const char *role)
{
	size_t n = fdr_step_candidates(p, s), with = 0, k;

	for (size_t i = 0; i < p->n_nodes; i++)
		with += fdr_step_may_hit(p, s, i) &&
			(!role || fdr_node_has_role(&p->nodes[i], role));
	k = !s->select.given ? n : s->select.probe ? n > 0 :
	    fdr_how_many((enum fdr_plan_how)s->select.how, n);
	return with < k ? with : k;
}

/* Has an earlier step broken the very node that this one names? */
static bool is_again(const struct fdr_plan *p, const struct fdr_plan_step *s, uint64_t at_ns)
{
	for (const struct fdr_plan_step *x = p->inject.steps; x < s; x++)
		if (s->node && x->node && !strcmp(s->node, x->node) && at_ns < fdr_step_end(x))
			return true;
	return false;
}

/* The most nodes that are broken when @upto begins; draws never take a node twice. */
static size_t most_at(const struct fdr_plan *p, const struct fdr_plan_step *upto, const char *role)
{
	size_t sum = 0;

	for (size_t i = 0; i < p->inject.n_steps; i++) {
		const struct fdr_plan_step *s = &p->inject.steps[i];

		if (fdr_step_hits(s) && s->at_ns <= upto->at_ns &&
		    upto->at_ns < fdr_step_end(s) && !is_again(p, s, upto->at_ns))
			sum += most_of(p, s, role);
	}
	return sum;
}

static void check_step(struct check *c, const struct fdr_plan_step *s)
{
	const struct fdr_plan *p = c->p;
	struct fdr_place at = s->node ? s->node_at : s->select.place;
	size_t most = most_at(p, s, NULL);

	if (s->node && fdr_plan_never(p, s->node))
		ERROR(c, at, "%s is among safety.never: it is not to break", s->node);
	if (most > p->safety.max_nodes)
		ERROR(c, at, "this breaks up to %zu nodes at once: say that it is meant with "
		      "\"max_nodes: %zu\" under safety", most, most);
	for (size_t i = 0; i < p->safety.n_min_healthy; i++) {
		const struct fdr_plan_min *min = &p->safety.min_healthy[i];
		size_t all = 0;

		for (size_t k = 0; k < p->n_nodes; k++)
			all += fdr_node_has_role(&p->nodes[k], min->role);
		most = most_at(p, s, min->role);
		if (all - (most < all ? most : all) < min->n)
			ERROR(c, at, "this leaves perhaps %zu of %zu nodes with role %s whole: "
			      "safety.min_healthy wants %llu", all - (most < all ? most : all), all,
			      min->role, (unsigned long long)min->n);
	}
}

static void check_never(struct check *c, const struct fdr_plan_word *w)
{
	const struct fdr_plan *p = c->p;
	const char **names FDR_CLEANUP_FREE = calloc(p->n_nodes + 1, sizeof(*names));

	/* A glob may be meant for nodes of other plans; a name that is none's is a slip. */
	if (strpbrk(w->text, "*?[") || !names)
		return;
	for (size_t i = 0; i < p->n_nodes; i++) {
		names[i] = p->nodes[i].name ? p->nodes[i].name : "";
		if (!strcmp(names[i], w->text))
			return;
	}
	fdr_bind_unknown(c->b, w->place, "node", w->text, names, p->n_nodes);
}

void fdr_plan_check_safety(const struct fdr_plan *p, struct fdr_bind *b)
{
	struct check c = { p, b };
	bool roles = true;

	for (size_t i = 0; i < p->safety.never.n; i++)
		check_never(&c, &p->safety.never.v[i]);
	for (size_t i = 0; i < p->safety.n_min_healthy; i++) {
		const struct fdr_plan_min *min = &p->safety.min_healthy[i];
		bool known = false;

		for (size_t k = 0; k < p->n_nodes; k++)
			known = known || fdr_node_has_role(&p->nodes[k], min->role);
		if (!known)
			ERROR(&c, min->place, "no node has the role \"%.64s\"", min->role);
		roles = roles && known;
	}
	for (size_t i = 0; roles && i < p->inject.n_steps; i++)
		if (fdr_step_hits(&p->inject.steps[i]))
			check_step(&c, &p->inject.steps[i]);
}
