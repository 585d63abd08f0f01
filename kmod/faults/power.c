// SPDX-License-Identifier: GPL-2.0-only
/* Faults of the machine's power. */
#include <linux/errno.h>
#include <linux/reboot.h>

#include "faults.h"

static int fdr_reset_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	return 0;
}

static int fdr_reset_start(struct fdr_injection *inj)
{
	fdr_onset(inj);
	emergency_restart();
	return fdr_fail(inj, -EIO,
			"the machine did not restart: try reboot=acpi or reboot=pci on its kernel command line");
}

const struct fdr_fault_ops fdr_reset_ops = {
	.prepare = fdr_reset_prepare,
	.start = fdr_reset_start,
};
