// SPDX-License-Identifier: GPL-2.0-only
/* Disks that fail. */
#include "disk-params.h"

static const struct fdr_param disk_error_params[] = {
	DISK_DEVICE,
	DISK_STATUS("io"),
	DISK_OPS("read,write,flush,discard"),
	DISK_FILTERS,
};

static const struct fdr_param disk_bad_sectors_params[] = {
	DISK_DEVICE,
	DISK_RANGES,
	{ .name = "cure", .type = FAULTDRILL_PARAM_CHOICE, .choices = "none|write", .def = "none",
	  .summary = "write: a sector that is written to is good from then on" },
	DISK_STATUS("medium"),
	DISK_OPS("read"),
	DISK_WHICH,
};

static const struct fdr_param disk_readonly_params[] = {
	DISK_DEVICE,
	{ .name = "like", .type = FAULTDRILL_PARAM_CHOICE, .choices = "scsi|nvme", .def = "scsi",
	  .summary = "whose error: a failure of the target, or one of the medium" },
	{ .name = "mark", .type = FAULTDRILL_PARAM_BOOL, .def = "no",
	  .summary = "mark the disk read-only too, for who opens it from then on" },
};

static const struct fdr_param disk_vanish_params[] = {
	DISK_DEVICE,
	{ .name = "mode", .type = FAULTDRILL_PARAM_CHOICE, .choices = "fail", .def = "fail",
	  .summary = "fail: every operation ends with an error at once" },
};

const struct fdr_fault fdr_faults_disk[] = {
	{ .name = "disk-error", .family = "disk",
	  .summary = "I/O on a live device ends with a chosen error",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_HIGH, PARAMS(disk_error_params),
	  .ops = FDR_OPS(fdr_disk_error_ops) },
	{ .name = "disk-bad-sectors", .family = "disk",
	  .summary = "some sectors of a live device cannot be read, until they are written to",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_HIGH, PARAMS(disk_bad_sectors_params),
	  .ops = FDR_OPS(fdr_disk_bad_sectors_ops) },
	{ .name = "disk-readonly", .family = "disk",
	  .summary = "a live device is write-protected: what writes fails",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_HIGH, PARAMS(disk_readonly_params),
	  .ops = FDR_OPS(fdr_disk_readonly_ops) },
	{ .name = "disk-vanish", .family = "disk",
	  .summary = "a live device is gone, as a drive that was pulled, and comes back",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_HIGH, PARAMS(disk_vanish_params),
	  .ops = FDR_OPS(fdr_disk_vanish_ops) },
};

const unsigned int fdr_faults_disk_len = FDR_LEN(fdr_faults_disk);
