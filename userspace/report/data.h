/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_REPORT_DATA_H
#define FDR_REPORT_DATA_H

#include "base/macro.h"

/* What writers of CSV and OpenMetrics text have in common. */

/* ",1.5"; "," for what is not known, ",inf" for what has no bound. */
void fdr_csv_number(FILE *f, bool known, double v);
/* The text in quotes where it must be. */
void fdr_csv_text(FILE *f, const char *s);

/* TYPE, UNIT (may be NULL) and HELP of a metric family. */
void fdr_om_head(FILE *f, const char *metric, const char *type, const char *unit,
		 const char *help);
/* A label's value, escaped. */
void fdr_om_label(FILE *f, const char *s);
/* The value and the line's end; NaN where it is not known. */
void fdr_om_value(FILE *f, double v);

#endif /* FDR_REPORT_DATA_H */
