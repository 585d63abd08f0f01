/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the disks that lie share: bios that are taken go through a carrier, and
 * stand-ins do the part of their work that is really done.
 *
 * A fault's own data begin with a struct fdr_disk_lie, and that with the base of
 * all disk faults, whose operations serve where none is named here.
 */
#ifndef FDR_DISK_LIE_H
#define FDR_DISK_LIE_H

#include "disk-fault.h"
#include "hooks/bio-bounce.h"
#include "hooks/bio-carrier.h"

struct fdr_disk_lie {
	struct fdr_disk_fault base;
	struct fdr_bio_carrier *carrier;
	struct fdr_bio_bounce *bounce;
	atomic64_t unable;	/* matches that could not be lied about, and passed */
};

/*
 * For prepare(), as fdr_disk_fault_new().  @pass: as for fdr_bio_carrier_new(),
 * with the fault's data; @changes: as for fdr_bio_bounce_new(), or NULL.
 */
void *fdr_disk_lie_new(struct fdr_injection *inj, size_t size,
		       const struct fdr_bio_action *action, unsigned int ops,
		       const char *taken_as,
		       void (*pass)(struct fdr_bio_carrier *c, struct bio *bio, void *arg),
		       const struct fdr_bio_bounce_ops *changes, struct netlink_ext_ack *extack);

/* The fault's data, of its rule; any context. */
static __always_inline struct fdr_disk_lie *fdr_disk_lie_of(struct fdr_bio_rule *rule)
{
	return container_of(rule, struct fdr_disk_lie, base.rule);
}

/* For action.wants(): @can, or else it is counted as one that could not. */
static __always_inline bool fdr_disk_lie_can(struct fdr_disk_lie *lie, bool can)
{
	if (!can)
		atomic64_inc(&lie->unable);
	return can;
}

/* Of struct fdr_bio_action: to the carrier at once; and all of them out again. */
void fdr_disk_lie_take(struct fdr_bio_rule *rule, struct bio *bio);
void fdr_disk_lie_drain(struct fdr_bio_rule *rule);

/* Of struct fdr_fault_ops. */
void fdr_disk_lie_release(struct fdr_injection *inj);

/* End @bio well without any of it done.  Any context. */
void fdr_disk_lie_end(struct bio *bio);

#endif /* FDR_DISK_LIE_H */
