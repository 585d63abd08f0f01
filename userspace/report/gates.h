/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_REPORT_GATES_H
#define FDR_REPORT_GATES_H

#include "out.h"
#include "result/result.h"

/* The plan's gates, and the rule by which trials stop; nothing where it has none. */
void fdr_text_gates(struct fdr_out *o, const struct fdr_result *r);
void fdr_html_gates(FILE *f, const struct fdr_result *r);

#endif /* FDR_REPORT_GATES_H */
