/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_WORKLOAD_REDIS_LEDGER_H
#define FDR_WORKLOAD_REDIS_LEDGER_H

#include "ledger.h"

/* A record is a key of its own, faultdrill:ID:SEQ, and its text the value. */
#define FDR_REDIS_KEY_MAX	128

void fdr_redis_ledger_key(const struct fdr_ledger *l, uint64_t seq, char ret[FDR_REDIS_KEY_MAX]);
int fdr_redis_read_back(struct fdr_ledger_reading *r, struct fdr_error *e);

#endif /* FDR_WORKLOAD_REDIS_LEDGER_H */
