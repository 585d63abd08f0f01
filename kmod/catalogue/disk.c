// SPDX-License-Identifier: GPL-2.0-only
/* Disks that fail. */
#include "disk-params.h"

static const struct fdr_param disk_error_params[] = {
	DISK_DEVICE,
	{ .name = "status", .type = FAULTDRILL_PARAM_CHOICE, .def = "io",
	  .choices = "io|notsupp|timeout|nospc|transport|target|medium|protection|resource",
	  .summary = "block status that the I/O ends with" },
	DISK_OPS("read,write,flush,discard"),
	DISK_FILTERS,
};

const struct fdr_fault fdr_faults_disk[] = {
	{ .name = "disk-error", .family = "disk",
	  .summary = "I/O on a live device ends with a chosen error",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_HIGH, PARAMS(disk_error_params),
	  .ops = FDR_OPS(fdr_disk_error_ops) },
};

const unsigned int fdr_faults_disk_len = FDR_LEN(fdr_faults_disk);
