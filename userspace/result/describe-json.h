/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_RESULT_DESCRIBE_JSON_H
#define FDR_RESULT_DESCRIBE_JSON_H

#include <jansson.h>

#include "stats/stats.h"

/* The members that Documentation/result.md names; the caller owns what it gets. */
json_t *fdr_quantile_json(const struct fdr_quantile *q);
json_t *fdr_share_json(const struct fdr_share *s);
json_t *fdr_description_json(const struct fdr_description *d);
/* "shift": "value_ns" ...; "ratio": "value" ...  null: not known, or not bounded. */
json_t *fdr_shift_json(const struct fdr_shift *s, bool ratio);
json_t *fdr_comparison_json(const struct fdr_comparison *c, const struct fdr_limit *limit);

#endif /* FDR_RESULT_DESCRIBE_JSON_H */
