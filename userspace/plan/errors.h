/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_ERRORS_H
#define FDR_PLAN_ERRORS_H

#include "plan.h"

void fdr_plan_error(struct fdr_plan_errors *e, struct fdr_place place, const char *fmt, ...)
	FDR_PRINTF(3, 4);
void fdr_plan_errors_sort(struct fdr_plan_errors *e);

#endif /* FDR_PLAN_ERRORS_H */
