/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_EXPECTED_H
#define FDR_ENGINE_EXPECTED_H

#include <jansson.h>

/*
 * What trials are judged by: the plan's own ranges ([lo, hi]), and for milestones
 * without one those of predictions that say "judge".  A new reference; NULL: no memory.
 */
json_t *fdr_expect_all(const json_t *expect, const json_t *predictions);
/*
 * What is shown beside the measured: the plan's ranges, else the first that is
 * predicted.  Only for milestones of the plan.  NULL: there is none.
 */
json_t *fdr_expected_json(const json_t *plan, const json_t *predictions);

#endif /* FDR_ENGINE_EXPECTED_H */
