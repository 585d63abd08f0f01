/* SPDX-License-Identifier: GPL-2.0-only */
/* What a block device says of an I/O that failed. */
#ifndef FDR_DISK_STATUS_H
#define FDR_DISK_STATUS_H

#include <linux/blk_types.h>

struct fdr_injection;
struct netlink_ext_ack;

/*
 * The status that the parameter "status" names (DISK_STATUS in the row).  0, or
 * -EOPNOTSUPP with extack set where this kernel has none of the kind.
 */
int fdr_disk_status(const struct fdr_injection *inj, blk_status_t *ret,
		    struct netlink_ext_ack *extack);

#endif /* FDR_DISK_STATUS_H */
