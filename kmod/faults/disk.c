// SPDX-License-Identifier: GPL-2.0-only
/* Disks whose I/O fails. */
#include <linux/err.h>

#include "disk-fault.h"

/* The order of the words of "status" in the catalogue's row. */
static const blk_status_t fdr_disk_statuses[] = {
	BLK_STS_IOERR, BLK_STS_NOTSUPP, BLK_STS_TIMEOUT, BLK_STS_NOSPC, BLK_STS_TRANSPORT,
	BLK_STS_TARGET, BLK_STS_MEDIUM, BLK_STS_PROTECTION, BLK_STS_RESOURCE,
};

static int fdr_disk_error_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_disk_fault *fault;

	fault = fdr_disk_fault_new(inj, sizeof(*fault), &fdr_bio_complete, 0, "failed", extack);
	if (IS_ERR(fault))
		return PTR_ERR(fault);
	fault->rule.status = fdr_disk_statuses[fdr_arg_choice(inj, "status")];
	return 0;
}

const struct fdr_fault_ops fdr_disk_error_ops = {
	.unavailable = fdr_bio_unavailable,
	.prepare = fdr_disk_error_prepare,
	.start = fdr_disk_fault_start,
	.stop = fdr_disk_fault_stop,
	.release = fdr_disk_fault_release,
	.counters = fdr_disk_fault_counters,
};
