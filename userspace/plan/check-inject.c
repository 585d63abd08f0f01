// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps of faults: what makes no sense, and nodes, roles and groups that are not there. */
#include "sections.h"
#include "target.h"

#include <string.h>

#include <linux/faultdrill.h>

struct check {
	const struct fdr_plan *p;
	struct fdr_bind *b;
	const char *what;		/* "inject", "a step" */
};

#define ERROR(c, place, ...)	fdr_plan_error((c)->b->errors, (place), __VA_ARGS__)

static void check_shape(struct check *c, const struct fdr_plan_step *s)
{
	bool hits = s->node || s->select.given;

	if (!s->fault_at.line == !s->command) {
		if (s->command)
			ERROR(c, s->place, "give either a fault or exec, not both");
		else
			ERROR(c, s->place, "%s needs a fault (on a node) or exec", c->what);
		return;
	}
	if (s->command && (hits || s->duration_ns || s->lease_ns || s->force))
		ERROR(c, s->place, "exec runs on this host: it takes no node, duration, lease or force");
	if (s->fault_at.line && !hits)
		ERROR(c, s->place, "%s needs \"node\" (the victim)", c->what);
	if (s->node && s->select.given)
		ERROR(c, s->select.place, "give either \"node\" or \"select\"");
}

static void check_allowed(struct check *c, const struct fdr_plan_step *s, const char *name)
{
	const struct fdr_plan *p = c->p;

	if ((s->fault_flags & FAULTDRILL_F_FATAL) && !p->safety.allow_fatal)
		ERROR(c, s->fault_at, "%s kills the node's kernel: say so with "
		      "\"allow_fatal: true\" under safety", name);
	if (!(s->fault_flags & (FAULTDRILL_F_FATAL | FAULTDRILL_F_REVERSIBLE)) &&
	    !p->safety.allow_irreversible)
		ERROR(c, s->fault_at, "what %s does stays done: say that it is meant with "
		      "\"allow_irreversible: true\" under safety", name);
	if ((s->fault_flags & FAULTDRILL_F_DAMAGING) && !p->safety.allow_irreversible)
		ERROR(c, s->fault_at, "data that %s harms stay harmed: say that it is meant with "
		      "\"allow_irreversible: true\" under safety", name);
}

static void check_fault(struct check *c, const struct fdr_plan_step *s)
{
	const struct fdr_plan *p = c->p;
	const char *name = s->fault.kind ? s->fault.kind->name : NULL;

	if (s->at_ns >= p->trials.observe_ns)
		ERROR(c, s->at_at.line ? s->at_at : s->place, "this step would come after the "
		      "trial has been observed: lengthen trials.observe");
	if (!name)
		return;
	check_allowed(c, s, name);
	if (s->duration_ns && !(s->fault_flags & FAULTDRILL_F_DURATION))
		ERROR(c, s->duration_at, "a duration makes no sense with %s: nothing ends it", name);
	if (s->lease_ns && !(s->fault_flags & FAULTDRILL_F_REVERSIBLE))
		ERROR(c, s->lease_at, "a lease makes no sense with %s: it cannot be undone", name);
	if (s->at_ns + s->duration_ns > p->trials.observe_ns + p->trials.recover_ns)
		ERROR(c, s->duration_at, "the fault outlasts the trial: duration is longer than "
		      "trials.observe and trials.recover together");
	for (size_t i = 0; i < s->fault.n; i++)
		if (strlen(s->fault.v[i].text) > FAULTDRILL_VALUE_MAX)
			ERROR(c, s->fault.v[i].place, "%s: longer than %d characters",
			      s->fault.v[i].desc->name, FAULTDRILL_VALUE_MAX);
}

static void check_node(struct check *c, const char *name, struct fdr_place place)
{
	const struct fdr_plan *p = c->p;
	const char **names FDR_CLEANUP_FREE = calloc(p->n_nodes + 1, sizeof(*names));

	if (!names) {
		c->b->errors->failed = true;
		return;
	}
	for (size_t i = 0; i < p->n_nodes; i++) {
		names[i] = p->nodes[i].name ? p->nodes[i].name : "";
		if (!strcmp(names[i], name))
			return;
	}
	fdr_bind_unknown(c->b, place, "node", name, names, p->n_nodes);
}

static void check_role(struct check *c, const char *role, struct fdr_place place)
{
	const struct fdr_plan *p = c->p;

	for (size_t i = 0; i < p->n_nodes; i++)
		if (fdr_node_has_role(&p->nodes[i], role))
			return;
	ERROR(c, place, "no node has the role \"%.64s\"", role);
}

static void check_group(struct check *c, const char *group, struct fdr_place place)
{
	const struct fdr_plan *p = c->p;
	const char **names FDR_CLEANUP_FREE = calloc(p->n_groups + 1, sizeof(*names));

	if (!names) {
		c->b->errors->failed = true;
		return;
	}
	for (size_t i = 0; i < p->n_groups; i++) {
		names[i] = p->groups[i].name ? p->groups[i].name : "";
		if (!strcmp(names[i], group))
			return;
	}
	fdr_bind_unknown(c->b, place, "group", group, names, p->n_groups);
}

static void check_select(struct check *c, const struct fdr_plan_step *s)
{
	const struct fdr_plan_select *x = &s->select;
	size_t before = c->b->errors->n, n;

	if (x->role)
		check_role(c, x->role, x->role_at);
	if (x->group)
		check_group(c, x->group, x->group_at);
	for (size_t i = 0; i < x->nodes.n; i++)
		check_node(c, x->nodes.v[i].text, x->nodes.v[i].place);
	if (c->b->errors->n > before)
		return;
	n = fdr_step_candidates(c->p, s);
	if (!n)
		ERROR(c, x->place, "no node is left to select: those that other steps name and "
		      "those of safety.never do not count");
	else if (!fdr_how_many((enum fdr_plan_how)x->how, n))
		ERROR(c, x->place, "a minority of %zu is nobody: select among three nodes or more", n);
}

static void check_victims(struct check *c, const struct fdr_plan_step *s)
{
	if (s->node)
		check_node(c, s->node, s->node_at);
	if (s->select.given)
		check_select(c, s);
}

/* What a dead kernel was to do later it does not do. */
static void check_dead(struct check *c, const struct fdr_plan_step *s)
{
	for (const struct fdr_plan_step *before = c->p->inject.steps; before < s; before++)
		if (s->node && before->node && !strcmp(s->node, before->node) &&
		    (before->fault_flags & FAULTDRILL_F_FATAL))
			ERROR(c, s->node_at, "%s is dead by then: the step in line %u kills it",
			      s->node, before->place.line);
}

void fdr_plan_check_inject(const struct fdr_plan *p, struct fdr_bind *b)
{
	struct check c = { p, b, p->inject.listed ? "a step" : "inject" };

	for (size_t i = 0; i < p->n_groups; i++)
		for (size_t k = 0; k < p->groups[i].nodes.n; k++)
			check_node(&c, p->groups[i].nodes.v[k].text, p->groups[i].nodes.v[k].place);
	for (size_t i = 0; i < p->inject.n_steps; i++) {
		const struct fdr_plan_step *s = &p->inject.steps[i];

		check_shape(&c, s);
		check_fault(&c, s);
		check_victims(&c, s);
		check_dead(&c, s);
	}
}
