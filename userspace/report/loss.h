/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_REPORT_LOSS_H
#define FDR_REPORT_LOSS_H

#include "out.h"
#include "result/result.h"

/* What became of acknowledged data; nothing where the plan has no ledger. */
void fdr_loss_text(struct fdr_out *o, const struct fdr_result *r);
void fdr_html_loss(FILE *f, const struct fdr_result *r);

#endif /* FDR_REPORT_LOSS_H */
