// SPDX-License-Identifier: GPL-2.0-only
/* CPUs that lock up. */
#include "rows.h"

static const struct fdr_param soft_lockup_params[] = {
	{ .name = "cpus", .type = FAULTDRILL_PARAM_CPULIST, .def = "0",
	  .summary = "CPUs to lock up" },
};

static const struct fdr_param hard_lockup_params[] = {
	{ .name = "cpus", .type = FAULTDRILL_PARAM_CPULIST, .def = "0",
	  .summary = "CPUs to lock up" },
};

static const struct fdr_param irq_off_params[] = {
	{ .name = "cpus", .type = FAULTDRILL_PARAM_CPULIST, .def = "all",
	  .summary = "CPUs that turn their interrupts off" },
	{ .name = "window", .type = FAULTDRILL_PARAM_TIME, .unit = "ns",
	  .min = 1000ULL, .max = 500 * FDR_MS, .def = "2ms",
	  .summary = "how long interrupts are off each time" },
	{ .name = "period", .type = FAULTDRILL_PARAM_TIME, .unit = "ns",
	  .min = 100000ULL, .max = 60 * FDR_S, .def = "10ms",
	  .summary = "again so long after each start" },
};

const struct fdr_fault fdr_faults_lockup[] = {
	{ .name = "soft-lockup", .family = "lockup",
	  .summary = "spin with preemption off: no task is scheduled, interrupts run",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_PER_CPU | FAULTDRILL_F_FREEZING |
		   FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(soft_lockup_params),
	  .ops = FDR_OPS(fdr_soft_lockup_ops) },
	{ .name = "hard-lockup", .family = "lockup",
	  .summary = "spin with interrupts off: nothing runs",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_PER_CPU | FAULTDRILL_F_FREEZING |
		   FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(hard_lockup_params),
	  .ops = FDR_OPS(fdr_hard_lockup_ops) },
	{ .name = "irq-off", .family = "lockup",
	  .summary = "interrupts are off for a short while, again and again",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_PER_CPU | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_LOW, PARAMS(irq_off_params),
	  .ops = FDR_OPS(fdr_irq_off_ops) },
};

const unsigned int fdr_faults_lockup_len = FDR_LEN(fdr_faults_lockup);
