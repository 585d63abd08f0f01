/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_COND_H
#define FDR_PLAN_COND_H

#include <jansson.h>

#include "base/opts.h"

/* Expressions in expressions; what is deeper is hard to read and no drill's need. */
#define FDR_COND_DEPTH_MAX	5
#define FDR_COND_PARTS_MAX	64

enum fdr_cond_op {
	FDR_COND_LEAF,			/* a probe's view or a workload, or no condition at all */
	FDR_COND_ALL, FDR_COND_ANY, FDR_COND_NOT,
};

/*
 * A condition on a probe's view ("lb says web/node1 is down") or on a workload
 * ("every request of the last hold time succeeded"), or an expression over such.
 * Of a leaf exactly one of probe and workload is set; neither: there is no condition.
 */
struct fdr_plan_cond {
	enum fdr_cond_op op;
	char *probe;
	char *subject;			/* NULL = any */
	char *state;			/* the only one, as written; else NULL */
	char **states;			/* any of these; for a single state, too */
	size_t n_states;
	char *workload;
	struct fdr_plan_cond *parts;	/* of all, any, not */
	size_t n_parts;
	unsigned int depth;		/* of the nesting above it */
	struct fdr_place place, probe_at, state_at, workload_at;
};

static inline bool fdr_cond_given(const struct fdr_plan_cond *c)
{
	return c->op != FDR_COND_LEAF || c->probe || c->workload;
}

void fdr_cond_clear(struct fdr_plan_cond *c);

/* Does the leaf name @state? */
bool fdr_cond_names(const struct fdr_plan_cond *leaf, const char *state);
/* Calls @cb for every leaf, in the order of the text; a non-zero return ends it and is given. */
int fdr_cond_each(const struct fdr_plan_cond *c,
		  int (*cb)(void *userdata, const struct fdr_plan_cond *leaf), void *userdata);
/* The first leaf that is a probe's, or a workload's; NULL: there is none. */
const struct fdr_plan_cond *fdr_cond_first(const struct fdr_plan_cond *c, bool workload);

/* "lb says web/node1 is down", "(... or ...)": for people. */
void fdr_cond_print(FILE *f, const struct fdr_plan_cond *c);

/* As the resolved plan holds it.  NULL: no memory. */
json_t *fdr_cond_to_json(const struct fdr_plan_cond *c);
/* Reads it back; NULL or no object: no condition.  -ENOMEM, or -EBADMSG: it is none. */
int fdr_cond_from_json(const json_t *j, struct fdr_plan_cond *ret);

#endif /* FDR_PLAN_COND_H */
