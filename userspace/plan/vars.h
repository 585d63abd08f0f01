/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_VARS_H
#define FDR_PLAN_VARS_H

#include "errors.h"

/* The plan's variables: declared in `vars:`, overridden by --set, used as ${name}. */
struct fdr_vars {
	struct fdr_var {
		char *name, *value;
	} *v;
	size_t n;
};

int fdr_vars_add(struct fdr_vars *vars, const char *name, const char *value);
/* "name=value", for a name that the plan declares. */
void fdr_vars_override(struct fdr_vars *vars, const char *set, struct fdr_plan_errors *errors);
/*
 * A new text with each ${name} replaced; "$${" stands for "${".  NULL with an
 * error at @place: unknown name, or no closing brace.
 */
char *fdr_vars_expand(const struct fdr_vars *vars, const char *text, struct fdr_place place,
		      struct fdr_plan_errors *errors);
void fdr_vars_clear(struct fdr_vars *vars);

#endif /* FDR_PLAN_VARS_H */
