/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_REPORT_REPORT_H
#define FDR_REPORT_REPORT_H

#include "result/result.h"

/*
 * Renders a result for people and programs.  All output is UTF-8.  What came
 * from outside (names, a detector's words) is escaped; control characters and
 * bytes that are no UTF-8 are replaced.
 */

/* For a terminal of 80 columns or more; @color uses ANSI colours. */
void fdr_report_text(FILE *f, const struct fdr_result *r, bool color);
/* One page that needs nothing else: no script, no other file. */
void fdr_report_html(FILE *f, const struct fdr_result *r);
/* Documentation/result.md.  -ENOMEM, -EIO. */
int fdr_report_json(FILE *f, const struct fdr_result *r);

/* For programs, each complete in itself. */
int fdr_report_csv(FILE *f, const struct fdr_result *r);
int fdr_report_junit(FILE *f, const struct fdr_result *r);
int fdr_report_openmetrics(FILE *f, const struct fdr_result *r);

/*
 * Writes @path so that a reader finds the old file or the new one, whole and
 * synced, and never a part: through a temporary file beside it.
 */
int fdr_report_write_file(const char *path, int (*render)(FILE *f, const struct fdr_result *r),
			  const struct fdr_result *r, struct fdr_error *e);
int fdr_report_render_html(FILE *f, const struct fdr_result *r);	/* for the above */
int fdr_report_render_text(FILE *f, const struct fdr_result *r);	/* without colour */

/* result.json, report.html, report.txt and junit.xml in @dir, which is made if it is not there. */
int fdr_report_write_dir(const struct fdr_result *r, const char *dir, struct fdr_error *e);

#endif /* FDR_REPORT_REPORT_H */
