/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_PLAN_SHOW_H
#define FDR_CONTROLLER_PLAN_SHOW_H

#include "plan/plan.h"

/* What a plan would do, to which node, and how long it takes. */
void fdr_plan_show(FILE *f, const struct fdr_plan *p);
/* steps-show.c: the steps and the limits of it. */
void fdr_steps_show(FILE *f, const struct fdr_plan *p);
/* "panic on node1, reset on one of role db (node2, node3)": who would die. */
void fdr_show_deaths(FILE *f, const struct fdr_plan *p);
/* " name=value ..." and the line's end. */
void fdr_show_opts(FILE *f, const struct fdr_opts *o);

/* How long all trials take: without any wait, and with each wait to its deadline. */
void fdr_plan_length(const struct fdr_plan *p, uint64_t *ret_least, uint64_t *ret_most);
/* "Takes at least 45 s and, by its deadlines, at most 12 min." */
void fdr_print_takes(FILE *f, uint64_t least, uint64_t most);

#endif /* FDR_CONTROLLER_PLAN_SHOW_H */
