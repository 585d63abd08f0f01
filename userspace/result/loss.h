/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_RESULT_LOSS_H
#define FDR_RESULT_LOSS_H

#include "result.h"

/* null where the plan has no ledger. */
json_t *fdr_loss_to_json(const struct fdr_result_loss *l);
json_t *fdr_data_to_json(const struct fdr_result_data *d);
/* NULL, or the member that is wrong. */
const char *fdr_loss_from_json(const json_t *o, struct fdr_result_loss *ret);
/* All but the distribution of rpo. */
void fdr_data_summarise(const struct fdr_result *r, struct fdr_result_data *ret);

#endif /* FDR_RESULT_LOSS_H */
