/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_REPORT_OUT_H
#define FDR_REPORT_OUT_H

#include "base/macro.h"

/* Text for a terminal: columns, filled paragraphs, colour where it is wanted. */

#define FDR_WIDTH	80
#define FDR_BOLD	"1"
#define FDR_DIM		"2"
#define FDR_RED		"31"
#define FDR_GREEN	"32"
#define FDR_YELLOW	"33"

struct fdr_out {
	FILE *f;
	bool color;
};

void fdr_sgr_start(struct fdr_out *o, const char *sgr);
void fdr_sgr_stop(struct fdr_out *o, const char *sgr);
void fdr_spaces(struct fdr_out *o, size_t n);
/* @width columns: negative is flush left, positive flush right, 0 as it comes. */
void fdr_cell(struct fdr_out *o, int width, const char *sgr, const char *text);
/* Words to the margin, continued at @indent; the cursor stands at @column. */
void fdr_paragraph(struct fdr_out *o, size_t indent, size_t column, const char *text);
void fdr_rule(struct fdr_out *o, size_t width);
void fdr_title(struct fdr_out *o, const char *text, const char *note);

#endif /* FDR_REPORT_OUT_H */
