/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_LEDGER_BOOK_H
#define FDR_ENGINE_LEDGER_BOOK_H

#include <jansson.h>

#include "result/result.h"
#include "result/store.h"

/*
 * The ledgers of a run, trial after trial: which requests were acknowledged, which of
 * them have been found lost, and what each reading came to.  From the raw rows alone.
 */
struct fdr_ledger_book;

/* @plan: its JSON.  A plan without ledgers makes a book that judges nothing. */
int fdr_ledger_book_new(const json_t *plan, struct fdr_ledger_book **ret);
/*
 * Trials in their order.  @onset: NULL where it is not known.  -EBADMSG: the rows are not
 * what a run writes.
 */
int fdr_ledger_book_trial(struct fdr_ledger_book *b, struct fdr_store *store, unsigned int trial,
			  const struct fdr_interval *onset, struct fdr_result_loss *ret);
struct fdr_ledger_book *fdr_ledger_book_free(struct fdr_ledger_book *b);
FDR_DEFINE_CLEANUP(struct fdr_ledger_book *, fdr_ledger_book_free);

#endif /* FDR_ENGINE_LEDGER_BOOK_H */
