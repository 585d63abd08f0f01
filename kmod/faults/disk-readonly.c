// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk that has become read-only: what writes fails, as the driver of a
 * write-protected device reports it; reads and flushes go on.
 *
 * SCSI: sense key DATA PROTECT, a failure of the target.  NVMe: status
 * "read only" or "namespace is write protected", a failure of the medium.
 */
#include <linux/err.h>

#include "disk-fault.h"

/* The order of the words of "like" in the catalogue's row. */
static const blk_status_t fdr_readonly_statuses[] = { BLK_STS_TARGET, BLK_STS_MEDIUM };

struct fdr_readonly {
	struct fdr_disk_fault base;
	bool mark;
};

static int fdr_readonly_check_mark(struct block_device *bdev, struct netlink_ext_ack *extack)
{
	if (fdr_bdev_partno(bdev))
		return fdr_refuse(extack, -EOPNOTSUPP,
				  "mark: %pg is a partition: only a whole disk can be marked", bdev);
	if (fdr_disk_forgets_ro_parts(bdev->bd_disk))
		return fdr_refuse(extack, -EBUSY,
				  "mark: a partition of %pg is read-only already, which this kernel would forget",
				  bdev);
	return 0;
}

static int fdr_readonly_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_readonly *r;
	int err;

	r = fdr_disk_fault_new(inj, sizeof(*r), &fdr_bio_complete,
			       FDR_BIO_WRITE | FDR_BIO_DISCARD | FDR_BIO_OTHER, "failed", extack);
	if (IS_ERR(r))
		return PTR_ERR(r);
	r->base.rule.status = fdr_readonly_statuses[fdr_arg_choice(inj, "like")];
	r->mark = fdr_arg_bool(inj, "mark");
	err = r->mark ? fdr_readonly_check_mark(fdr_disk_fault_bdev(&r->base), extack) : 0;
	if (err)
		fdr_disk_fault_release(inj);
	return err;
}

static int fdr_readonly_start(struct fdr_injection *inj)
{
	struct fdr_readonly *r = fdr_priv(inj);
	int err;

	err = fdr_disk_fault_start(inj);
	if (!err && r->mark)
		set_disk_ro(fdr_disk_fault_bdev(&r->base)->bd_disk, true);
	return err;
}

static void fdr_readonly_stop(struct fdr_injection *inj)
{
	struct fdr_readonly *r = fdr_priv(inj);

	/* It was writable: prepare() refuses what is not. */
	if (r->mark)
		set_disk_ro(fdr_disk_fault_bdev(&r->base)->bd_disk, false);
	fdr_disk_fault_stop(inj);
}

const struct fdr_fault_ops fdr_disk_readonly_ops = {
	.unavailable = fdr_bio_unavailable,
	.prepare = fdr_readonly_prepare,
	.start = fdr_readonly_start,
	.stop = fdr_readonly_stop,
	.release = fdr_disk_fault_release,
	.counters = fdr_disk_fault_counters,
};
