/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_REPORT_FIGURES_H
#define FDR_REPORT_FIGURES_H

#include "base/error.h"
#include "stats/stats.h"

/* Statistics and comparisons without a drill around them; UTF-8, as in report.h. */

/* A quantile that is to be at most so long. */
struct fdr_figures_gate {
	double p;
	int64_t limit_ns;
};

struct fdr_figures {
	const char *file;
	const struct fdr_series_set *groups;
	const struct fdr_figures_gate *gates;
	size_t n_gates;
};
void fdr_figures_text(FILE *f, const struct fdr_figures *x, bool color);
/* Documentation/result.md.  -ENOMEM, -EIO. */
int fdr_figures_json(FILE *f, const struct fdr_figures *x);
/* The worst of all groups and gates; without a gate: pass. */
enum fdr_gate fdr_figures_judge(const struct fdr_figures *x);

/* Two runs, series by series. */
struct fdr_comparisons {
	const char *a, *b;		/* where they came from */
	struct fdr_comparison *v;
	size_t n;
	struct fdr_limit limit;
	const char **only_a, **only_b;	/* series that the other one has not */
	size_t n_only_a, n_only_b;
};
/* A fail before an inconclusive before a pass; not gated: pass; nothing compared: inconclusive. */
enum fdr_gate fdr_comparisons_judge(const struct fdr_comparisons *x);
void fdr_comparisons_text(FILE *f, const struct fdr_comparisons *x, bool color);
/* For programs; all -ENOMEM or 0, and ferror() tells of the rest. */
int fdr_comparisons_json(FILE *f, const struct fdr_comparisons *x);
int fdr_comparisons_csv(FILE *f, const struct fdr_comparisons *x);
int fdr_comparisons_junit(FILE *f, const struct fdr_comparisons *x);
int fdr_comparisons_openmetrics(FILE *f, const struct fdr_comparisons *x);

/*
 * "+0.203 s (+0.180 to +0.240 s with 95.0 %), 1.19 times as long (1.15 to 1.23)":
 * what a comparison comes to, in words.
 */
void fdr_comparison_words(const struct fdr_comparison *c, char *buf, size_t size);

/* report.h's fdr_report_write_file() for any renderer: whole or not at all. */
int fdr_write_whole(const char *path, int (*render)(FILE *f, const void *x), const void *x,
		    struct fdr_error *e);

#endif /* FDR_REPORT_FIGURES_H */
