/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_NAMES_H
#define FDR_SYS_NAMES_H

#include "base/macro.h"

/* The ABI's enumerations as words: the only tables of them. */
enum fdr_names {
	FDR_NAMES_STATE,		/* enum faultdrill_state: "pending" ... */
	FDR_NAMES_START,		/* enum faultdrill_start: "now" ... */
	FDR_NAMES_EVENT,		/* enum faultdrill_event_type: "armed" ... */
	FDR_NAMES_RISK,			/* enum faultdrill_risk: "low" ... */
	FDR_NAMES_PARAM,		/* enum faultdrill_param_type: "string" ... */
	FDR_NAMES_PHASE,		/* enum faultdrill_beacon_phase: "test" ... */
	FDR_NAMES_FLAG,			/* bits of FAULTDRILL_F_*, from bit 0: "fatal" ... */
	FDR_NAMES_COUNT
};

/* The word, or NULL for a value that this release does not know. */
const char *fdr_name(enum fdr_names table, uint64_t value);
/* The value, or -ENOENT. */
int fdr_name_value(enum fdr_names table, const char *word);

/* "EPERM" <-> EPERM.  Errors without a name are decimal numbers; unknown words EIO. */
const char *fdr_errno_name(int err, char *buf, size_t size);
int fdr_errno_value(const char *name);

#endif /* FDR_SYS_NAMES_H */
