/* SPDX-License-Identifier: GPL-2.0-only */
/* Which I/O: the parameters that the rows of disk faults share (faults/disk-fault.h). */
#ifndef FDR_CATALOGUE_DISK_PARAMS_H
#define FDR_CATALOGUE_DISK_PARAMS_H

#include "rows.h"

/* Several as one. */
#define DISK_LIST(...)	__VA_ARGS__

#define DISK_DEVICE { .name = "device", .type = FAULTDRILL_PARAM_BLKDEV, .required = true, \
	.summary = "disk or partition" }
/* @which: the operations by default. */
#define DISK_OPS(which) { .name = "ops", .type = FAULTDRILL_PARAM_CHOICES, .def = which, \
	.choices = "read|write|flush|discard", .summary = "operations concerned" }
/* @status: the one by default. */
#define DISK_STATUS(status) { .name = "status", .type = FAULTDRILL_PARAM_CHOICE, .def = status, \
	.choices = "io|notsupp|timeout|nospc|transport|target|medium|protection|resource|" \
		   "reservation|again|dev-resource|offline|zone-open|zone-active|" \
		   "duration-limit|invalid", \
	.summary = "block status that the I/O ends with" }
#define DISK_RANGES DISK_LIST( \
	{ .name = "sectors", .type = FAULTDRILL_PARAM_STRING, \
	  .summary = "only what touches these sectors of the device, as in 0-7,2048-4095" }, \
	{ .name = "bytes", .type = FAULTDRILL_PARAM_STRING, \
	  .summary = "the same in bytes, as in 0-4K,1M-2M: ends not included" })
#define DISK_WHO DISK_LIST( \
	{ .name = "kind", .type = FAULTDRILL_PARAM_CHOICE, .choices = "any|metadata|data", \
	  .def = "any", .summary = "only what the file system marks as metadata, or only the rest" }, \
	{ .name = "pid", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 4194304, \
	  .summary = "only what this process itself submits" }, \
	{ .name = "cgroup", .type = FAULTDRILL_PARAM_PATH, \
	  .summary = "only what is charged to this control group (version 2) or below it" })
#define DISK_WHICH DISK_LIST( \
	{ .name = "probability", .type = FAULTDRILL_PARAM_PPM, .unit = "ppm", .min = 1, \
	  .max = 1000000, .def = "1000000", .summary = "share of the matching I/O" }, \
	{ .name = "seed", .type = FAULTDRILL_PARAM_U64, .def = "1", \
	  .summary = "seed of the draw; the same seed gives the same draw" }, \
	{ .name = "every", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 1000000000, .def = "1", \
	  .summary = "only every n-th match" }, \
	{ .name = "skip", .type = FAULTDRILL_PARAM_U64, .def = "0", \
	  .summary = "let the first so many matches pass" }, \
	{ .name = "times", .type = FAULTDRILL_PARAM_U64, .def = "0", \
	  .summary = "at most so many; 0 = no limit" }, \
	{ .name = "on", .type = FAULTDRILL_PARAM_TIME, .unit = "ns", .min = FDR_MS, \
	  .max = 3600 * FDR_S, .summary = "in turns bad for so long ..." }, \
	{ .name = "off", .type = FAULTDRILL_PARAM_TIME, .unit = "ns", .min = FDR_MS, \
	  .max = 3600 * FDR_S, .summary = "... and good for so long, from the onset on" })

/* All of them. */
#define DISK_FILTERS	DISK_LIST(DISK_RANGES, DISK_WHO, DISK_WHICH)

#endif /* FDR_CATALOGUE_DISK_PARAMS_H */
