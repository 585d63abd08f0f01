/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_RESULT_CSV_H
#define FDR_RESULT_CSV_H

#include "base/error.h"
#include "stats/stats.h"

/* The group of values that name none. */
#define FDR_CSV_ALL	"all"

/*
 * Reads lines "lo,hi,event[,group]": a value in [lo, hi] seconds, event 1 = seen,
 * 0 = given up at lo (hi may then be empty).  A heading, blank lines and lines that
 * begin with '#' may be there.  Anything else is -EBADMSG with @name, line and column
 * (from 1, in bytes); also no value at all.  fdr_series_clear() frees.
 */
int fdr_csv_read(FILE *f, const char *name, struct fdr_series_set *ret, struct fdr_error *e);

#endif /* FDR_RESULT_CSV_H */
