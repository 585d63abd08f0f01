// SPDX-License-Identifier: GPL-2.0-only
/* A rule and its carrier. */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/sched.h>

#include "disk-keep.h"

/* Flushes with the rule still in, at most; each ends, whatever comes meanwhile. */
#define FDR_DISK_KEEP_ROUNDS	8

void *fdr_disk_keep_new(struct fdr_injection *inj, size_t size,
			const struct fdr_bio_action *action, const char *taken_as,
			struct netlink_ext_ack *extack)
{
	struct fdr_disk_keep *keep;
	struct block_device *bdev;
	char name[TASK_COMM_LEN];
	int err = -ENOMEM;

	keep = fdr_disk_fault_new(inj, size, action, 0, taken_as, extack);
	if (IS_ERR(keep))
		return keep;
	bdev = fdr_disk_fault_bdev(&keep->base);
	if (bdev_is_zoned(bdev) && !fdr_arg_force(inj)) {
		err = fdr_refuse(extack, -EOPNOTSUPP,
				 "device: %pg is zoned: a write that waits while others pass would fail; force it to do so all the same",
				 bdev);
		goto err_release;
	}
	snprintf(name, sizeof(name), "fdr-bio/%pg", bdev);
	keep->carrier = fdr_bio_carrier_new(name, NULL, NULL);
	if (!keep->carrier)
		goto err_release;
	keep->base.rule.passing = fdr_bio_carrier_passing(keep->carrier);
	return keep;

err_release:
	fdr_disk_fault_release(inj);
	return ERR_PTR(err);
}

void fdr_disk_keep_drain(struct fdr_bio_rule *rule)
{
	fdr_bio_carrier_flush(fdr_disk_keep_of(rule)->carrier);
}

/* First with the rule in: what comes meanwhile queues up, and does not overtake. */
void fdr_disk_keep_stop(struct fdr_injection *inj)
{
	struct fdr_disk_keep *keep = fdr_priv(inj);
	struct fdr_bio_carrier_count count;
	unsigned int i;

	for (i = 0; i < FDR_DISK_KEEP_ROUNDS; i++) {
		fdr_bio_carrier_flush(keep->carrier);
		fdr_bio_carrier_count(keep->carrier, &count);
		if (!count.waiting)
			break;
	}
	fdr_disk_fault_stop(inj);
}

void fdr_disk_keep_release(struct fdr_injection *inj)
{
	struct fdr_disk_keep *keep = fdr_priv(inj);

	/* The rule looks at it no more once stop() has returned. */
	fdr_bio_carrier_free(keep->carrier);
	fdr_disk_fault_release(inj);
}

void fdr_disk_keep_counters(struct fdr_injection *inj,
			    void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_disk_keep *keep = fdr_priv(inj);
	struct fdr_bio_carrier_count carried;
	struct fdr_bio_count count;

	/* In this order: what was released by then has been taken before now. */
	fdr_bio_carrier_count(keep->carrier, &carried);
	fdr_bio_rule_count(&keep->base.rule, &count);
	emit(arg, "matched", count.matched);
	emit(arg, keep->base.taken_as, count.taken);
	emit(arg, "passed", count.passed);
	emit(arg, "released", carried.released);
	emit(arg, "waiting", count.taken - carried.released);
	emit(arg, "late_max_ns", carried.late_max_ns);
	emit(arg, "shared", carried.shared);
}
