// SPDX-License-Identifier: GPL-2.0-only
/* Disks that fail. */
#include "rows.h"

static const struct fdr_param disk_error_params[] = {
	{ .name = "device", .type = FAULTDRILL_PARAM_BLKDEV, .required = true,
	  .summary = "disk or partition" },
	{ .name = "status", .type = FAULTDRILL_PARAM_CHOICE, .def = "io",
	  .choices = "io|notsupp|timeout|nospc|transport|target|medium|protection|resource",
	  .summary = "block status that the I/O ends with" },
	{ .name = "ops", .type = FAULTDRILL_PARAM_CHOICES, .def = "read,write,flush,discard",
	  .choices = "read|write|flush|discard", .summary = "operations that fail" },
	{ .name = "probability", .type = FAULTDRILL_PARAM_PPM, .unit = "ppm", .min = 1,
	  .max = 1000000, .def = "1000000", .summary = "share of matching I/O that fails" },
	{ .name = "seed", .type = FAULTDRILL_PARAM_U64, .def = "1",
	  .summary = "seed of the draw; the same seed gives the same draw" },
	{ .name = "times", .type = FAULTDRILL_PARAM_U64, .def = "0",
	  .summary = "fail at most so many; 0 = no limit" },
	{ .name = "skip", .type = FAULTDRILL_PARAM_U64, .def = "0",
	  .summary = "let the first so many matches pass" },
};

const struct fdr_fault fdr_faults_disk[] = {
	{ .name = "disk-error", .family = "disk",
	  .summary = "I/O on a live device ends with a chosen error",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_HIGH, PARAMS(disk_error_params),
	  .ops = FDR_OPS(fdr_disk_error_ops) },
};

const unsigned int fdr_faults_disk_len = FDR_LEN(fdr_faults_disk);
