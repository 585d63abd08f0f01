/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_REPORT_USAGE_H
#define FDR_REPORT_USAGE_H

#include "out.h"
#include "result/result.h"

/* Was processor time measured in any trial? */
bool fdr_show_usage(const struct fdr_result *r);
/* Nothing where it was not. */
void fdr_usage_text(struct fdr_out *o, const struct fdr_result *r);

#endif /* FDR_REPORT_USAGE_H */
