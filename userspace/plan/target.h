/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_TARGET_H
#define FDR_PLAN_TARGET_H

#include "plan.h"

/* Whom the steps of a plan may hit, and for how long.  Nodes by their index. */

/* The fault breaks a node: it is no command on this host. */
static inline bool fdr_step_hits(const struct fdr_plan_step *s)
{
	return !s->command;
}

/*
 * Can the step break that node, by the plan alone?  What a probe says now may leave
 * some of them out.
 */
bool fdr_step_may_hit(const struct fdr_plan *p, const struct fdr_plan_step *s, size_t node);
/* Can any of the steps? */
bool fdr_plan_may_hit(const struct fdr_plan *p, size_t node);
/* Does the kernel of a victim die of one of them? */
bool fdr_plan_kills(const struct fdr_plan *p);
size_t fdr_step_candidates(const struct fdr_plan *p, const struct fdr_plan_step *s);
/* So many of @n candidates are taken. */
size_t fdr_how_many(enum fdr_plan_how how, size_t n);

/* When the step's fault ends by itself, after T0; UINT64_MAX: it does not. */
uint64_t fdr_step_end(const struct fdr_plan_step *s);
/* The lease that the kernel gets: 0 where nothing can be undone. */
uint64_t fdr_step_lease(const struct fdr_plan *p, const struct fdr_plan_step *s);

bool fdr_node_has_role(const struct fdr_plan_node *n, const char *role);
/* What @probe calls the node. */
const char *fdr_node_subject(const struct fdr_plan_node *n, const char *probe);
/* Is it among safety.never? */
bool fdr_plan_never(const struct fdr_plan *p, const char *node);

/* "one of role database that db says to be primary": whom the step hits, for people. */
void fdr_step_print_target(FILE *f, const struct fdr_plan_step *s);

/* A node that is broken from one instant to another, both after T0. */
struct fdr_broken {
	size_t node;
	uint64_t from_ns, to_ns;
};

/*
 * Do so many broken nodes break a limit of the plan's safety?  0, or -EPERM with the
 * limit, the instant and the nodes.
 */
int fdr_safety_check(const struct fdr_plan *p, const struct fdr_broken *v, size_t n,
		     struct fdr_error *e);

/* The kernel's fault that comes first; NULL: all that the plan does are commands. */
const char *fdr_plan_first_fault(const struct fdr_plan *p);

#endif /* FDR_PLAN_TARGET_H */
