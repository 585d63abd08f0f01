/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_REPORT_HTML_H
#define FDR_REPORT_HTML_H

#include "result/result.h"
#include "show.h"

/* Parts of the page; each writes whole elements. */
void fdr_html_style(FILE *f);
void fdr_html_symbols(FILE *f);		/* the marks that the plots use */
void fdr_html_timelines(FILE *f, const struct fdr_result *r);
void fdr_html_strip(FILE *f, const struct fdr_result *r);
void fdr_html_trials(FILE *f, const struct fdr_result *r);
void fdr_html_summary(FILE *f, const struct fdr_result *r);
/* Where a trial has several victims. */
void fdr_html_onsets(FILE *f, const struct fdr_result *r);
void fdr_html_workload(FILE *f, const struct fdr_result *r);
void fdr_html_usage(FILE *f, const struct fdr_result *r);
void fdr_html_nodes(FILE *f, const struct fdr_result *r);
void fdr_html_method(FILE *f, const struct fdr_result *r);

/* Time to the right, in per cent of a plot's width. */
struct fdr_axis {
	int64_t lo_ns, hi_ns;
};
double fdr_axis_at(const struct fdr_axis *a, int64_t ns);
bool fdr_axis_holds(const struct fdr_axis *a, int64_t ns);
/* Ticks with their lines from @top to @bottom (px) and their labels below. */
void fdr_axis_draw(FILE *f, const struct fdr_axis *a, int top, int bottom);
/*
 * The times that plots show: all milestones, unless the later ones would
 * squeeze the reaction itself into a corner; those are then left to the tables.
 */
struct fdr_axis fdr_axis_for(const struct fdr_result *r, bool with_lead_in);

/*
 * html-graphs.c: what others recorded, a strip a graph below the rest of a trial's
 * timeline: its height, its names on the left, itself from @top on, its values.
 */
int fdr_html_graphs_height(const struct fdr_result_trial *t);
void fdr_html_graphs_names(FILE *f, const struct fdr_result_trial *t);
void fdr_html_graphs_draw(FILE *f, const struct fdr_axis *a, const struct fdr_result_trial *t,
			  int top);
void fdr_html_graphs_values(FILE *f, const struct fdr_result_trial *t);

/* The name of a milestone's mark and CSS class. */
const char *fdr_html_class(size_t milestone);

#endif /* FDR_REPORT_HTML_H */
