/* SPDX-License-Identifier: GPL-2.0-only */
/* Disks named by what is printed on them. */
#ifndef FDR_DISK_NAME_H
#define FDR_DISK_NAME_H

#include <linux/types.h>

struct netlink_ext_ack;

/* Is it "wwn:..." or "serial:..."? */
bool fdr_disk_name_is(const char *name);

/*
 * The device number of the one disk that has this world wide name or serial
 * number, or with "-partN" at the end that of its partition.  Looked up in
 * /sys/class/block as the caller sees it.  May sleep; 0, or negative errno with
 * extack set: there is none, or there are several (a disk with several paths).
 */
int fdr_disk_name_find(const char *name, dev_t *ret_dev, struct netlink_ext_ack *extack);

#endif /* FDR_DISK_NAME_H */
