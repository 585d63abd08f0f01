// SPDX-License-Identifier: GPL-2.0-only
/* CPUs that stall, have too much to do, or go away. */
#include "rows.h"

static const struct fdr_param cpu_stall_params[] = {
	{ .name = "stall", .type = FAULTDRILL_PARAM_TIME, .unit = "ns",
	  .min = 100000ULL, .max = 60 * FDR_S, .def = "100ms",
	  .summary = "how long all CPUs stop each time" },
	{ .name = "period", .type = FAULTDRILL_PARAM_TIME, .unit = "ns",
	  .min = 0, .max = 3600 * FDR_S, .def = "0s",
	  .summary = "stop again so long after each start; 0 = once" },
	{ .name = "jitter", .type = FAULTDRILL_PARAM_TIME, .unit = "ns",
	  .min = 0, .max = 3600 * FDR_S, .def = "0s",
	  .summary = "each later stall comes up to so much earlier or later, at random" },
	{ .name = "seed", .type = FAULTDRILL_PARAM_U64, .def = "1",
	  .summary = "seed of the jitter; the same seed gives the same jitter" },
};

static const struct fdr_param cpu_load_params[] = {
	{ .name = "cpus", .type = FAULTDRILL_PARAM_CPULIST, .def = "all",
	  .summary = "CPUs to keep busy" },
	{ .name = "load", .type = FAULTDRILL_PARAM_PPM, .unit = "ppm", .max = 1000000,
	  .def = "100%", .summary = "share of the time that each of them is busy at least" },
	{ .name = "period", .type = FAULTDRILL_PARAM_TIME, .unit = "ns",
	  .min = FDR_MS, .max = 60 * FDR_S, .def = "100ms",
	  .summary = "busy and idle once in each" },
	{ .name = "threads", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 64, .def = "1",
	  .summary = "threads that compete on each CPU" },
	{ .name = "policy", .type = FAULTDRILL_PARAM_CHOICE, .choices = "normal|fifo",
	  .def = "normal", .summary = "how they are scheduled; fifo goes before all ordinary tasks" },
	{ .name = "nice", .type = FAULTDRILL_PARAM_S64, .max = 20, .def = "0",
	  .summary = "nice value of normal threads, -20 to 19" },
	{ .name = "sleepers", .type = FAULTDRILL_PARAM_U64, .max = 1024, .def = "0",
	  .summary = "tasks that only count in the load average, which then decays slowly by itself" },
};

static const struct fdr_param cpu_steal_params[] = {
	{ .name = "cpus", .type = FAULTDRILL_PARAM_CPULIST, .def = "all",
	  .summary = "CPUs to take, each on its own" },
	{ .name = "burst", .type = FAULTDRILL_PARAM_TIME, .unit = "ns",
	  .min = 100000ULL, .max = 5 * FDR_S, .def = "10ms",
	  .summary = "how long nothing else runs there each time" },
	{ .name = "period", .type = FAULTDRILL_PARAM_TIME, .unit = "ns",
	  .min = FDR_MS, .max = 3600 * FDR_S, .def = "100ms",
	  .summary = "from one burst's start to the next one's" },
	{ .name = "jitter", .type = FAULTDRILL_PARAM_TIME, .unit = "ns",
	  .min = 0, .max = 3600 * FDR_S, .def = "0s",
	  .summary = "each burst comes up to so much earlier or later, at random" },
	{ .name = "seed", .type = FAULTDRILL_PARAM_U64, .def = "1",
	  .summary = "seed of the jitter; the same seed gives the same jitter" },
	{ .name = "interrupts", .type = FAULTDRILL_PARAM_BOOL, .def = "no",
	  .summary = "serve interrupts meanwhile" },
};

static const struct fdr_param cpu_offline_params[] = {
	{ .name = "cpus", .type = FAULTDRILL_PARAM_CPULIST, .required = true,
	  .summary = "CPUs to take away; one has to stay, and on many machines it is CPU 0" },
};

const struct fdr_fault fdr_faults_cpu[] = {
	{ .name = "cpu-stall", .family = "cpu",
	  .summary = "all CPUs stop for a time, once or periodically",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_FREEZING | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(cpu_stall_params),
	  .ops = FDR_OPS(fdr_cpu_stall_ops) },
	{ .name = "cpu-load", .family = "cpu",
	  .summary = "chosen CPUs are busy for a share of the time; the load average rises",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_PER_CPU | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_LOW, PARAMS(cpu_load_params),
	  .ops = FDR_OPS(fdr_cpu_load_ops) },
	{ .name = "cpu-steal", .family = "cpu",
	  .summary = "CPUs are taken in bursts, as by a hypervisor; not shown as steal in /proc/stat",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_PER_CPU | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(cpu_steal_params),
	  .ops = FDR_OPS(fdr_cpu_steal_ops) },
	{ .name = "cpu-offline", .family = "cpu",
	  .summary = "CPUs are unplugged and come back; what was bound to them alone stays unbound",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_PER_CPU | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, .excludes = "cpu-hotplug", PARAMS(cpu_offline_params),
	  .ops = FDR_OPS(fdr_cpu_offline_ops) },
};

const unsigned int fdr_faults_cpu_len = FDR_LEN(fdr_faults_cpu);
