/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_LEDGER_H
#define FDR_ENGINE_LEDGER_H

#include "base/obs.h"

/*
 * Numbers of requests, and so of records: each time that a controller takes the run up
 * has its own range, so that none comes twice, whatever the one before had sent.
 */
#define FDR_SEQ_SESSION_SHIFT	40

static inline uint64_t fdr_seq_session(uint64_t seq)
{
	return seq >> FDR_SEQ_SESSION_SHIFT;
}

#endif /* FDR_ENGINE_LEDGER_H */
