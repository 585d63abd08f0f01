/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the disk faults share that keep bios for a while: a carrier beside the
 * rule, and counters that balance.
 */
#ifndef FDR_DISK_KEEP_H
#define FDR_DISK_KEEP_H

#include "disk-fault.h"
#include "hooks/bio-carrier.h"

struct fdr_disk_keep {
	struct fdr_disk_fault base;
	struct fdr_bio_carrier *carrier;
};

static inline struct fdr_disk_keep *fdr_disk_keep_of(struct fdr_bio_rule *rule)
{
	return container_of(rule, struct fdr_disk_keep, base.rule);
}

/*
 * For prepare(): @size zeroed bytes that begin with a struct fdr_disk_keep, as
 * the injection's private data.  @taken_as: as of fdr_disk_fault_new().  Refuses
 * a zoned device unless forced: writes that overtake each other fail there.
 * An ERR_PTR has extack set; undo by fdr_disk_keep_release().  May sleep.
 */
void *fdr_disk_keep_new(struct fdr_injection *inj, size_t size,
			const struct fdr_bio_action *action, const char *taken_as,
			struct netlink_ext_ack *extack);

/* For an action. */
void fdr_disk_keep_drain(struct fdr_bio_rule *rule);

/* Operations of struct fdr_fault_ops; start() is fdr_disk_fault_start(). */
void fdr_disk_keep_stop(struct fdr_injection *inj);
void fdr_disk_keep_release(struct fdr_injection *inj);

/*
 * matched = @taken_as + passed and @taken_as = released + waiting, at any
 * instant; and how late, at worst, a bio left, and how many shared a time for
 * want of memory.
 */
void fdr_disk_keep_counters(struct fdr_injection *inj,
			    void (*emit)(void *arg, const char *name, u64 value), void *arg);

#endif /* FDR_DISK_KEEP_H */
