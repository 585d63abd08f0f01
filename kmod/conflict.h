/* SPDX-License-Identifier: GPL-2.0-only */
/* Which injections cannot be in effect together. */
#ifndef FDR_CONFLICT_H
#define FDR_CONFLICT_H

#include "injection.h"

/* By their rows alone.  Any context. */
bool fdr_faults_exclude(const struct fdr_fault *a, const struct fdr_fault *b);

/*
 * True where @inj, prepared and known to its caller alone, cannot be in effect
 * together with @other, or a part of the one with a part of the other.  False
 * once @other has ended.  Process context; takes @other's lock.
 */
bool fdr_injections_clash(const struct fdr_injection *inj, struct fdr_injection *other);

/* Refuse @fault because of @other, which is named.  -EBUSY. */
int fdr_refuse_conflict(const struct fdr_fault *fault, const struct fdr_injection *other,
			struct netlink_ext_ack *extack);

#endif /* FDR_CONFLICT_H */
