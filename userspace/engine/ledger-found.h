/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_LEDGER_FOUND_H
#define FDR_ENGINE_LEDGER_FOUND_H

#include <jansson.h>

#include "ledger-judge.h"

/* The readings of one ledger in one trial, from their events ("ledger"). */
struct fdr_ledger_readings {
	uint64_t cut, next;
	struct fdr_ledger_copy *copies;		/* the service first; they own their arrays */
	char **errors;				/* parallel; "" where it was read */
	uint64_t *foreign;			/* parallel */
	size_t n;
};

/* Adds one event; -EBADMSG: it is none. */
int fdr_ledger_readings_add(struct fdr_ledger_readings *r, const json_t *data);
void fdr_ledger_readings_clear(struct fdr_ledger_readings *r);

#endif /* FDR_ENGINE_LEDGER_FOUND_H */
