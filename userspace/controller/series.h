/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_SERIES_H
#define FDR_CONTROLLER_SERIES_H

#include "base/error.h"
#include "stats/stats.h"

/*
 * The values that are in @operand.  A CSV ("-": standard input); for
 * fdr_series_load() also a run's folder, run.db, result.json or bundle, told apart
 * by what is in them.  fdr_series_clear() frees.
 */
int fdr_series_load_csv(const char *operand, struct fdr_series_set *ret, struct fdr_error *e);
int fdr_series_load(const char *operand, struct fdr_series_set *ret, struct fdr_error *e);

/* "p90=2s" -> 0.9 and the limit.  -EINVAL: it is neither. */
int fdr_parse_gate(const char *text, double *ret_p, int64_t *ret_ns);
/* "200ms" or "10%": how much later the second may be. */
int fdr_parse_limit(const char *text, struct fdr_limit *ret);

#endif /* FDR_CONTROLLER_SERIES_H */
