/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_REPORT_ONSETS_H
#define FDR_REPORT_ONSETS_H

#include "out.h"
#include "result/result.h"

/* The victims of a run, each once: "node1, node2", or "node1 or node3, drawn for each trial". */
struct fdr_victims {
	bool several;
	char text[320];
};
struct fdr_victims fdr_victims_of(const struct fdr_result *r);

/* When each kernel was hit, where a trial has several victims; else nothing. */
void fdr_text_onsets(struct fdr_out *o, const struct fdr_result *r);

#endif /* FDR_REPORT_ONSETS_H */
