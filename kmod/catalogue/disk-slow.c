// SPDX-License-Identifier: GPL-2.0-only
/* Disks that do not answer, or take their time. */
#include "disk-params.h"

static const struct fdr_param disk_hang_params[] = {
	DISK_DEVICE,
	DISK_OPS("read,write,flush,discard"),
	DISK_FILTERS,
};

static const struct fdr_param disk_delay_params[] = {
	DISK_DEVICE,
	{ .name = "delay", .type = FAULTDRILL_PARAM_TIME, .unit = "ns", .min = 1000,
	  .max = 60 * FDR_S, .required = true, .summary = "how much longer I/O takes, on average" },
	{ .name = "dist", .type = FAULTDRILL_PARAM_CHOICE,
	  .choices = "fixed|uniform|exponential|pareto", .def = "fixed",
	  .summary = "how the delays are spread around that" },
	{ .name = "jitter", .type = FAULTDRILL_PARAM_TIME, .unit = "ns", .max = 60 * FDR_S,
	  .summary = "of dist=uniform: up to so much less or more" },
	{ .name = "shape", .type = FAULTDRILL_PARAM_U64, .unit = "hundredths", .min = 101,
	  .max = 10000, .def = "150",
	  .summary = "of dist=pareto: the smaller, the more of the delay falls to few" },
	{ .name = "cap", .type = FAULTDRILL_PARAM_TIME, .unit = "ns", .min = 1000,
	  .max = 600 * FDR_S, .def = "60s", .summary = "no single delay is longer" },
	{ .name = "reorder", .type = FAULTDRILL_PARAM_BOOL, .def = "yes",
	  .summary = "let I/O overtake other I/O with a longer delay" },
	DISK_OPS("read,write,flush,discard"),
	DISK_FILTERS,
};

static const struct fdr_param disk_throttle_params[] = {
	DISK_DEVICE,
	{ .name = "rate", .type = FAULTDRILL_PARAM_SIZE, .unit = "bytes", .min = 1024,
	  .max = 1048576 * FDR_MIB, .summary = "at most so many a second" },
	{ .name = "iops", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 10000000,
	  .summary = "at most so many operations a second" },
	{ .name = "burst", .type = FAULTDRILL_PARAM_TIME, .unit = "ns", .max = 3600 * FDR_S,
	  .def = "0s", .summary = "idle time of up to so much may be made up for" },
	DISK_OPS("read,write,flush,discard"),
	DISK_FILTERS,
};

const struct fdr_fault fdr_faults_disk_slow[] = {
	{ .name = "disk-hang", .family = "disk",
	  .summary = "I/O on a live device does not end until the fault does",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(disk_hang_params),
	  .ops = FDR_OPS(fdr_disk_hang_ops) },
	{ .name = "disk-delay", .family = "disk",
	  .summary = "I/O on a live device takes longer",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(disk_delay_params),
	  .ops = FDR_OPS(fdr_disk_delay_ops) },
	{ .name = "disk-throttle", .family = "disk",
	  .summary = "a live device does no more than so much a second",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(disk_throttle_params),
	  .ops = FDR_OPS(fdr_disk_throttle_ops) },
};

const unsigned int fdr_faults_disk_slow_len = FDR_LEN(fdr_faults_disk_slow);
