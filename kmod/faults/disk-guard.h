/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding the device that a disk fault names, and refusing those the node lives on. */
#ifndef FDR_DISK_GUARD_H
#define FDR_DISK_GUARD_H

#include "compat/block.h"

struct netlink_ext_ack;

/*
 * Open the device named by a path, by MAJOR:MINOR, or by wwn: or serial: (see
 * disk-name.h).  A path is looked up as the caller sees it.  May sleep; 0, or negative errno with extack set.
 */
int fdr_disk_open(const char *name, struct fdr_bdev_handle **ret_handle,
		  struct netlink_ext_ack *extack);

/*
 * Refuse a device (a disk with all its partitions, or one partition) that
 * carries, itself or below device-mapper and md, the root file system, swap, the
 * log or what the calling program runs from or writes to, or that is held like a file system's external journal.  May sleep; 0, or
 * -EBUSY with extack set.
 */
int fdr_disk_guard(struct block_device *bdev, struct netlink_ext_ack *extack);

#endif /* FDR_DISK_GUARD_H */
