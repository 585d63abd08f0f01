/* SPDX-License-Identifier: GPL-2.0-only */
/* Who else has the function that disk faults redirect. */
#ifndef FDR_DISK_OWNER_H
#define FDR_DISK_OWNER_H

struct netlink_ext_ack;

/*
 * Refuse if a live patch has submit_bio_noacct(), by its name, or if ftrace is
 * switched off.  What redirects it in another way shows only when the fault
 * starts.  May sleep; 0, or -EBUSY with extack set.
 */
int fdr_disk_owner_check(struct netlink_ext_ack *extack);

#endif /* FDR_DISK_OWNER_H */
