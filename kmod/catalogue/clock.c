// SPDX-License-Identifier: GPL-2.0-only
/* Wall clocks that jump or run at the wrong speed. */
#include "rows.h"

static const struct fdr_param clock_step_params[] = {
	{ .name = "step", .type = FAULTDRILL_PARAM_STIME, .unit = "ns", .required = true,
	  .min = FDR_MS, .max = 80 * 365 * 86400ULL * FDR_S,
	  .summary = "set the wall clock ahead by so much, or back (-)" },
};

static const struct fdr_param clock_drift_params[] = {
	{ .name = "rate", .type = FAULTDRILL_PARAM_S64, .unit = "ppm", .required = true,
	  .min = 1, .max = 500000,
	  .summary = "how much too fast the wall clock runs, or too slow (-)" },
};

const struct fdr_fault fdr_faults_clock[] = {
	{ .name = "clock-step", .family = "clock",
	  .summary = "the wall clock jumps; the monotonic clocks do not",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, .excludes = "clock", PARAMS(clock_step_params),
	  .ops = FDR_OPS(fdr_clock_step_ops) },
	{ .name = "clock-drift", .family = "clock",
	  .summary = "the wall clock runs too fast or too slow; the monotonic clocks do not",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, .excludes = "clock", PARAMS(clock_drift_params),
	  .ops = FDR_OPS(fdr_clock_drift_ops) },
};

const unsigned int fdr_faults_clock_len = FDR_LEN(fdr_faults_clock);
