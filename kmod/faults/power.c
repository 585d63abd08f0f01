// SPDX-License-Identifier: GPL-2.0-only
/* Faults of the machine's power. */
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/reboot.h>

#include "../arch/arch.h"
#include "faults.h"

static int fdr_power_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	return 0;
}

/*
 * These faults take the network card with the beacon in its queue: they reset
 * it, or shut it down first of all.  No driver can be asked whether a frame has
 * left, so it is given a moment.
 */
static void fdr_power_onset(struct fdr_injection *inj)
{
	fdr_onset(inj);
	msleep(FDR_BEACON_LEAVE_MS);
}

static int fdr_reset_start(struct fdr_injection *inj)
{
	fdr_power_onset(inj);
	emergency_restart();
	return fdr_fail(inj, -EIO,
			"the machine did not restart: try reboot=acpi or reboot=pci on its kernel command line");
}

static int fdr_triple_fault_start(struct fdr_injection *inj)
{
	fdr_power_onset(inj);
	fdr_arch_triple_fault();
	return fdr_fail(inj, -EIO, "the machine went on");
}

static int fdr_power_off_start(struct fdr_injection *inj)
{
	fdr_power_onset(inj);
	kernel_power_off();
	return fdr_fail(inj, -EIO,
			"the machine did not switch itself off; its devices are shut down: reset it");
}

static int fdr_halt_start(struct fdr_injection *inj)
{
	fdr_power_onset(inj);
	kernel_halt();
	return fdr_fail(inj, -EIO, "the machine did not halt; its devices are shut down: reset it");
}

/* Userspace does it, in its own time, so there is nothing here to wait for. */
static int fdr_reboot_start(struct fdr_injection *inj)
{
	fdr_onset(inj);
	orderly_reboot();
	return fdr_fail(inj, FDR_DONE, "userspace was asked to restart the node (/sbin/reboot)");
}

const struct fdr_fault_ops fdr_reset_ops = {
	.prepare = fdr_power_prepare,
	.start = fdr_reset_start,
};

const struct fdr_fault_ops fdr_triple_fault_ops = {
	.unavailable = fdr_arch_triple_fault_unavailable,
	.prepare = fdr_power_prepare,
	.start = fdr_triple_fault_start,
};

const struct fdr_fault_ops fdr_power_off_ops = {
	.prepare = fdr_power_prepare,
	.start = fdr_power_off_start,
};

const struct fdr_fault_ops fdr_halt_ops = {
	.prepare = fdr_power_prepare,
	.start = fdr_halt_start,
};

const struct fdr_fault_ops fdr_reboot_ops = {
	.prepare = fdr_power_prepare,
	.start = fdr_reboot_start,
};
