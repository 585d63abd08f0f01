/* SPDX-License-Identifier: GPL-2.0-only */
/* Is a disk one of SCSI's (ATA included)? */
#ifndef FDR_DISK_SCSI_H
#define FDR_DISK_SCSI_H

#include <linux/blkdev.h>
#include <linux/device.h>
#include <linux/string.h>

static inline bool fdr_disk_is_scsi(struct gendisk *disk)
{
	struct device *dev = disk_to_dev(disk)->parent;

	return IS_ENABLED(CONFIG_SCSI) && dev && dev->bus && !strcmp(dev->bus->name, "scsi");
}

#endif /* FDR_DISK_SCSI_H */
