// SPDX-License-Identifier: GPL-2.0-or-later
#include "target.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include <linux/faultdrill.h>

#define LEASE_DEFAULT_NS	(10 * FDR_NS_PER_S)

const char *const fdr_plan_how_names[] = {
	[FDR_HOW_ONE] = "one", [FDR_HOW_MINORITY] = "minority", [FDR_HOW_MAJORITY] = "majority",
	[FDR_HOW_ALL] = "all",
};

static bool has_word(const struct fdr_plan_words *w, const char *text)
{
	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->v[i].text, text))
			return true;
	return false;
}

bool fdr_node_has_role(const struct fdr_plan_node *n, const char *role)
{
	return has_word(&n->roles, role);
}

const char *fdr_node_subject(const struct fdr_plan_node *n, const char *probe)
{
	for (size_t i = 0; i < n->n_subjects; i++)
		if (!strcmp(n->subjects[i].key, probe))
			return n->subjects[i].text;
	return n->name;
}

bool fdr_plan_never(const struct fdr_plan *p, const char *node)
{
	for (size_t i = 0; i < p->safety.never.n; i++)
		if (!fnmatch(p->safety.never.v[i].text, node, 0))
			return true;
	return false;
}

static bool in_group(const struct fdr_plan *p, const char *group, const char *node)
{
	for (size_t i = 0; i < p->n_groups; i++)
		if (p->groups[i].name && !strcmp(p->groups[i].name, group))
			return has_word(&p->groups[i].nodes, node);
	return false;
}

/* A node that a step names is that step's alone: no draw takes it as well. */
static bool is_named(const struct fdr_plan *p, const char *node)
{
	for (size_t i = 0; i < p->inject.n_steps; i++)
		if (p->inject.steps[i].node && !strcmp(p->inject.steps[i].node, node))
			return true;
	return false;
}

bool fdr_step_may_hit(const struct fdr_plan *p, const struct fdr_plan_step *s, size_t node)
{
	const struct fdr_plan_node *n = &p->nodes[node];
	const struct fdr_plan_select *x = &s->select;

	if (!n->name)
		return false;
	if (s->node)
		return !strcmp(s->node, n->name);
	if (!x->given || fdr_plan_never(p, n->name) || is_named(p, n->name))
		return false;
	if (x->role)
		return fdr_node_has_role(n, x->role);
	if (x->group)
		return in_group(p, x->group, n->name);
	return !x->nodes.n || has_word(&x->nodes, n->name);
}

bool fdr_plan_may_hit(const struct fdr_plan *p, size_t node)
{
	for (size_t i = 0; i < p->inject.n_steps; i++)
		if (fdr_step_may_hit(p, &p->inject.steps[i], node))
			return true;
	return false;
}

bool fdr_plan_kills(const struct fdr_plan *p)
{
	for (size_t i = 0; i < p->inject.n_steps; i++)
		if (p->inject.steps[i].fault_flags & FAULTDRILL_F_FATAL)
			return true;
	return false;
}

size_t fdr_step_candidates(const struct fdr_plan *p, const struct fdr_plan_step *s)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_nodes; i++)
		n += fdr_step_may_hit(p, s, i);
	return n;
}

size_t fdr_how_many(enum fdr_plan_how how, size_t n)
{
	switch (how) {
	case FDR_HOW_ONE:
		return n > 0;
	case FDR_HOW_MINORITY:
		return n ? (n - 1) / 2 : 0;
	case FDR_HOW_MAJORITY:
		return n ? n / 2 + 1 : 0;
	default:
		return n;
	}
}

uint64_t fdr_step_end(const struct fdr_plan_step *s)
{
	return s->duration_ns ? s->at_ns + s->duration_ns : UINT64_MAX;
}

uint64_t fdr_step_lease(const struct fdr_plan *p, const struct fdr_plan_step *s)
{
	if (!(s->fault_flags & FAULTDRILL_F_REVERSIBLE))
		return 0;
	return s->lease_ns ? s->lease_ns : p->safety.lease_ns ? p->safety.lease_ns :
								LEASE_DEFAULT_NS;
}

void fdr_step_print_target(FILE *f, const struct fdr_plan_step *s)
{
	const struct fdr_plan_select *x = &s->select;

	if (!fdr_step_hits(s)) {
		fputs("this host", f);
		return;
	}
	if (s->node) {
		fputs(s->node, f);
		return;
	}
	fprintf(f, x->how == FDR_HOW_ONE || x->how == FDR_HOW_ALL ? "%s of " : "a %s of ",
		fdr_plan_how_names[x->how]);
	if (x->role)
		fprintf(f, "role %s", x->role);
	else if (x->group)
		fprintf(f, "group %s", x->group);
	else if (!x->nodes.n)
		fputs("the nodes", f);
	for (size_t i = 0; i < x->nodes.n; i++)
		fprintf(f, "%s%s", i ? ", " : "", x->nodes.v[i].text);
	if (x->probe)
		fprintf(f, " that %s then says to be %s", x->probe, x->state);
}

/* Nodes that are broken at @at_ns, as far as they have @role (NULL: all); each once. */
static size_t count_broken(const struct fdr_plan *p, const struct fdr_broken *v, size_t n,
			   uint64_t at_ns, const char *role)
{
	size_t count = 0;

	for (size_t node = 0; node < p->n_nodes; node++) {
		bool is = false;

		for (size_t i = 0; i < n; i++)
			is = is || (v[i].node == node && v[i].from_ns <= at_ns && at_ns < v[i].to_ns);
		count += is && (!role || fdr_node_has_role(&p->nodes[node], role));
	}
	return count;
}

int fdr_safety_check(const struct fdr_plan *p, const struct fdr_broken *v, size_t n,
		     struct fdr_error *e)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = p->nodes[v[i].node].name;
		uint64_t at_ns = v[i].from_ns;
		size_t broken = count_broken(p, v, n, at_ns, NULL);

		if (fdr_plan_never(p, name))
			return fdr_err(e, -EPERM, "%s is among safety.never: it is not to break", name);
		if (broken > p->safety.max_nodes)
			return fdr_err(e, -EPERM, "%zu nodes would be broken at once, "
				       "safety.max_nodes allows %llu", broken,
				       (unsigned long long)p->safety.max_nodes);
		for (size_t k = 0; k < p->safety.n_min_healthy; k++) {
			const struct fdr_plan_min *min = &p->safety.min_healthy[k];
			size_t all = 0;

			for (size_t node = 0; node < p->n_nodes; node++)
				all += fdr_node_has_role(&p->nodes[node], min->role);
			broken = count_broken(p, v, n, at_ns, min->role);
			if (all - broken < min->n)
				return fdr_err(e, -EPERM, "of %zu nodes with role %s only %zu would "
					       "stay whole, safety.min_healthy wants %llu", all,
					       min->role, all - broken, (unsigned long long)min->n);
		}
	}
	return 0;
}

const char *fdr_plan_first_fault(const struct fdr_plan *p)
{
	for (size_t i = 0; i < p->inject.n_steps; i++)
		if (p->inject.steps[i].fault.kind)
			return p->inject.steps[i].fault.kind->name;
	return NULL;
}
