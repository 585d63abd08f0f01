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
	{ .name = "mode", .type = FAULTDRILL_PARAM_CHOICE, .choices = "fail|offline",
	  .def = "fail",
	  .summary = "fail: operations end with an error; offline: SCSI takes the device off line" },
};

static const struct fdr_param disk_drop_params[] = {
	DISK_DEVICE, DISK_FILTERS,
};

static const struct fdr_param disk_corrupt_params[] = {
	DISK_DEVICE,
	{ .name = "ops", .type = FAULTDRILL_PARAM_CHOICES, .def = "read",
	  .choices = "read|write",
	  .summary = "what is read comes back other than it is, or what is written arrives so" },
	{ .name = "bits", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 4096, .def = "1",
	  .summary = "so many bits of an operation flip, at places drawn from the seed" },
	{ .name = "pattern", .type = FAULTDRILL_PARAM_STRING,
	  .summary = "overwrite with these bytes instead, in hexadecimal, as in deadbeef" },
	{ .name = "length", .type = FAULTDRILL_PARAM_SIZE, .unit = "bytes", .min = 1,
	  .max = 16 * FDR_MIB,
	  .summary = "so many bytes, with the pattern again and again; without it: once" },
	{ .name = "offset", .type = FAULTDRILL_PARAM_SIZE, .unit = "bytes",
	  .max = 1024 * FDR_MIB,
	  .summary = "the damage begins so far into the operation; without it: drawn from the seed" },
	{ .name = "log", .type = FAULTDRILL_PARAM_U64, .unit = "lines", .max = 100000,
	  .def = "100", .summary = "tell the kernel's log of the first so many damaged places" },
	DISK_FILTERS,
};

static const struct fdr_param disk_torn_params[] = {
	DISK_DEVICE,
	{ .name = "keep", .type = FAULTDRILL_PARAM_U64, .unit = "sectors", .min = 1,
	  .max = 2097152,
	  .summary = "what reaches the medium of each write; without it: drawn from the seed" },
	{ .name = "unit", .type = FAULTDRILL_PARAM_U64, .unit = "sectors", .min = 1,
	  .max = 2097152,
	  .summary = "a write tears only after a multiple of it; without it: the device's logical block" },
	DISK_FILTERS,
};

static const struct fdr_param disk_timeout_params[] = {
	{ .name = "device", .type = FAULTDRILL_PARAM_BLKDEV, .required = true,
	  .summary = "whole disk: SCSI, ATA, NVMe, or of a driver without timeouts" },
	{ .name = "ops", .type = FAULTDRILL_PARAM_CHOICES, .def = "read,write,flush,discard",
	  .choices = "read|write|flush|discard", .summary = "operations that are not answered" },
	{ .name = "skip", .type = FAULTDRILL_PARAM_U64, .def = "0",
	  .summary = "let the first so many matches pass" },
	{ .name = "every", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 1000000000, .def = "1",
	  .summary = "then take every n-th match only" },
	{ .name = "probability", .type = FAULTDRILL_PARAM_PPM, .unit = "ppm", .min = 1,
	  .max = 1000000, .def = "1000000", .summary = "and of these this share" },
	{ .name = "seed", .type = FAULTDRILL_PARAM_U64, .def = "1",
	  .summary = "seed of the draw; the same seed gives the same draw" },
	{ .name = "times", .type = FAULTDRILL_PARAM_U64, .def = "0",
	  .summary = "take at most so many; 0 = no limit" },
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
	{ .name = "disk-drop-writes", .family = "disk",
	  .summary = "writes are acknowledged and lost; what was lost stays lost",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION | FAULTDRILL_F_DAMAGING,
	  .risk = FAULTDRILL_RISK_HIGH, PARAMS(disk_drop_params),
	  .ops = FDR_OPS(fdr_disk_drop_writes_ops) },
	{ .name = "disk-drop-flush", .family = "disk",
	  .summary = "flushes and FUA are acknowledged, but data stay in the disk's volatile cache",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_HIGH, PARAMS(disk_drop_params),
	  .ops = FDR_OPS(fdr_disk_drop_flush_ops) },
	{ .name = "disk-corrupt", .family = "disk",
	  .summary = "data change on their way from or to a disk; what was written so stays so",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION | FAULTDRILL_F_DAMAGING,
	  .risk = FAULTDRILL_RISK_HIGH, PARAMS(disk_corrupt_params),
	  .ops = FDR_OPS(fdr_disk_corrupt_ops) },
	{ .name = "disk-torn-write", .family = "disk",
	  .summary = "only the beginning of a write reaches the medium; what was lost stays lost",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION | FAULTDRILL_F_DAMAGING,
	  .risk = FAULTDRILL_RISK_HIGH, PARAMS(disk_torn_params),
	  .ops = FDR_OPS(fdr_disk_torn_write_ops) },
	{ .name = "disk-timeout", .family = "disk",
	  .summary = "a device stops answering: driver and SCSI error handling run, and may not restore it",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION | FAULTDRILL_F_EXPERIMENTAL,
	  .risk = FAULTDRILL_RISK_HIGH, .excludes = "disk-timeout", PARAMS(disk_timeout_params),
	  .ops = FDR_OPS(fdr_disk_timeout_ops) },
};

const unsigned int fdr_faults_disk_len = FDR_LEN(fdr_faults_disk);
