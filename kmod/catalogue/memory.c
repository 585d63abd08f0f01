// SPDX-License-Identifier: GPL-2.0-only
/* Memory that runs short, or goes bad. */
#include "rows.h"

/* More than any machine has. */
#define MOST	(16 * 1048576 * FDR_MIB)

#define RESERVE								\
	{ .name = "reserve", .type = FAULTDRILL_PARAM_SIZE, .unit = "bytes",	\
	  .min = 16 * FDR_MIB, .max = MOST, .def = "64M",					\
	  .summary = "take nothing once no more than this is available (MemAvailable)" }

static const struct fdr_param mem_pressure_params[] = {
	{ .name = "size", .type = FAULTDRILL_PARAM_SIZE, .unit = "bytes",
	  .min = FDR_MIB, .max = MOST, .summary = "how much to take; without size and share: all but the reserve" },
	{ .name = "share", .type = FAULTDRILL_PARAM_PPM, .unit = "ppm", .min = 1, .max = 1000000,
	  .summary = "or so much of what is available at the start" },
	{ .name = "rate", .type = FAULTDRILL_PARAM_SIZE, .unit = "bytes/s",
	  .max = 65536 * FDR_MIB, .def = "0", .summary = "so much a second; 0 = all at once" },
	{ .name = "step", .type = FAULTDRILL_PARAM_SIZE, .unit = "bytes",
	  .max = MOST, .def = "0",
	  .summary = "with a rate: in steps of this size; 0 = ten a second" },
	RESERVE,
};

static const struct fdr_param mem_leak_params[] = {
	{ .name = "rate", .type = FAULTDRILL_PARAM_SIZE, .unit = "bytes/s",
	  .min = 1024, .max = 65536 * FDR_MIB, .def = "10M", .summary = "leaked a second" },
	{ .name = "limit", .type = FAULTDRILL_PARAM_SIZE, .unit = "bytes",
	  .min = FDR_MIB, .max = MOST, .summary = "leak no more than this; without it: all but the reserve" },
	RESERVE,
};

static const struct fdr_param oom_params[] = {
	{ .name = "kills", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 64, .def = "1",
	  .summary = "processes that the OOM killer is to kill; it chooses them" },
	{ .name = "protect", .type = FAULTDRILL_PARAM_STRING, .def = "faultdrill-agent",
	  .summary = "processes that it has to spare: ids and names, joined by commas" },
	{ .name = "within", .type = FAULTDRILL_PARAM_TIME, .unit = "ns",
	  .min = FDR_S, .max = 600 * FDR_S, .def = "60s",
	  .summary = "give up when it has not killed them by then" },
};

static const struct fdr_param page_poison_params[] = {
	{ .name = "pages", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 1024, .def = "1",
	  .summary = "pages that go bad; no process uses them" },
};

const struct fdr_fault fdr_faults_memory[] = {
	{ .name = "mem-pressure", .family = "memory",
	  .summary = "memory is taken, at once or at a rate, down to a reserve",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(mem_pressure_params),
	  .ops = FDR_OPS(fdr_mem_pressure_ops) },
	{ .name = "mem-leak", .family = "memory",
	  .summary = "the kernel leaks memory at a rate; all of it is given back at the end",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(mem_leak_params),
	  .ops = FDR_OPS(fdr_mem_leak_ops) },
	{ .name = "oom", .family = "memory",
	  .summary = "memory runs out until the OOM killer has killed; who was killed stays dead",
	  .risk = FAULTDRILL_RISK_HIGH, .excludes = "oom", PARAMS(oom_params),
	  .ops = FDR_OPS(fdr_oom_ops) },
	{ .name = "page-poison", .family = "memory",
	  .summary = "pages of memory have uncorrectable errors, as far as the kernel knows",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_LOW, PARAMS(page_poison_params),
	  .ops = FDR_OPS(fdr_page_poison_ops) },
};

const unsigned int fdr_faults_memory_len = FDR_LEN(fdr_faults_memory);
