// SPDX-License-Identifier: GPL-2.0-only
/* Disks whose I/O fails: as told, or all of it. */
#include <linux/err.h>

#include "compat/block-status.h"
#include "disk-fault.h"
#include "disk-status.h"

/* The order of the words of "status" in the catalogue's rows. */
static const blk_status_t fdr_disk_statuses[] = {
	BLK_STS_IOERR, BLK_STS_NOTSUPP, BLK_STS_TIMEOUT, BLK_STS_NOSPC, BLK_STS_TRANSPORT,
	BLK_STS_TARGET, BLK_STS_MEDIUM, BLK_STS_PROTECTION, BLK_STS_RESOURCE, FDR_STS_RESERVATION,
	BLK_STS_AGAIN, BLK_STS_DEV_RESOURCE, FDR_STS_OFFLINE, BLK_STS_ZONE_OPEN_RESOURCE,
	BLK_STS_ZONE_ACTIVE_RESOURCE, FDR_STS_DURATION_LIMIT, FDR_STS_INVALID,
};

int fdr_disk_status(const struct fdr_injection *inj, blk_status_t *ret,
		    struct netlink_ext_ack *extack)
{
	*ret = fdr_disk_statuses[fdr_arg_choice(inj, "status")];
	if (*ret == FDR_STS_NONE)
		return fdr_refuse(extack, -EOPNOTSUPP,
				  "status: this kernel knows no '%s': choose another, io if any will do",
				  fdr_arg_str(inj, "status"));
	return 0;
}

static int fdr_disk_error_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_disk_fault *fault;
	blk_status_t status;
	int err;

	err = fdr_disk_status(inj, &status, extack);
	if (err)
		return err;
	fault = fdr_disk_fault_new(inj, sizeof(*fault), &fdr_bio_complete, 0, "failed", extack);
	if (IS_ERR(fault))
		return PTR_ERR(fault);
	fault->rule.status = status;
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
