/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_ERRORS_H
#define FDR_PLAN_ERRORS_H

#include "plan.h"

void fdr_plan_error(struct fdr_plan_errors *e, struct fdr_place place, const char *fmt, ...)
	FDR_PRINTF(3, 4);
/* The next file's name.  -ENOMEM. */
int fdr_plan_errors_add_file(struct fdr_plan_errors *e, const char *path);
void fdr_plan_errors_sort(struct fdr_plan_errors *e);

#endif /* FDR_PLAN_ERRORS_H */
