/* SPDX-License-Identifier: GPL-2.0-only */
/* The parameters "sectors" and "bytes" of the disk faults. */
#ifndef FDR_DISK_RANGES_H
#define FDR_DISK_RANGES_H

#include "hooks/bio.h"

struct netlink_ext_ack;

/*
 * Ranges of a device of @capacity sectors, sorted and disjoint, to be freed by
 * kfree(): "0-7,2048-4095,8192-" in @sectors, ends included; "0-4K,1M-" in
 * @bytes, up to but not including the end, and widened to whole sectors.  Either
 * may be NULL, and *ret_ranges is NULL where both are.  May sleep; 0, or negative
 * errno with extack set.
 */
int fdr_disk_ranges(const char *sectors, const char *bytes, sector_t capacity,
		    struct fdr_bio_range **ret_ranges, unsigned int *ret_n,
		    struct netlink_ext_ack *extack);

#endif /* FDR_DISK_RANGES_H */
