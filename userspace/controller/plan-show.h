/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_PLAN_SHOW_H
#define FDR_CONTROLLER_PLAN_SHOW_H

#include "plan/plan.h"

/* What a plan would do, to which node, and how long it takes. */
void fdr_plan_show(FILE *f, const struct fdr_plan *p);

#endif /* FDR_CONTROLLER_PLAN_SHOW_H */
