// SPDX-License-Identifier: GPL-2.0-only
/* CPUs that stall, or have too much to do. */
#include "rows.h"

static const struct fdr_param cpu_stall_params[] = {
	{ .name = "stall", .type = FAULTDRILL_PARAM_TIME, .unit = "ns",
	  .min = 100000ULL, .max = 60 * FDR_S, .def = "100ms",
	  .summary = "how long all CPUs stop each time" },
	{ .name = "period", .type = FAULTDRILL_PARAM_TIME, .unit = "ns",
	  .min = 0, .max = 3600 * FDR_S, .def = "0s",
	  .summary = "stop again so long after each start; 0 = once" },
};

const struct fdr_fault fdr_faults_cpu[] = {
	{ .name = "cpu-stall", .family = "cpu",
	  .summary = "all CPUs stop for a time, once or periodically",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_FREEZING | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(cpu_stall_params),
	  .ops = FDR_OPS(fdr_cpu_stall_ops) },
};

const unsigned int fdr_faults_cpu_len = FDR_LEN(fdr_faults_cpu);
