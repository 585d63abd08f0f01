// SPDX-License-Identifier: GPL-2.0-only
/* The power goes, or seems to. */
#include "rows.h"

const struct fdr_fault fdr_faults_power[] = {
	{ .name = "reset", .family = "power", .summary = "restart at once, nothing synced",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  .ops = FDR_OPS(fdr_reset_ops) },
};

const unsigned int fdr_faults_power_len = FDR_LEN(fdr_faults_power);
