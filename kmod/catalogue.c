// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry: one row a fault.
 *
 * Compiled twice: into the module, and into the userspace library as the
 * off-line catalogue from which help, completion, the manual's list and the
 * plan checker are made.  Hence plain data only.
 */
#include "fault.h"

#ifdef __KERNEL__
#include "faults/faults.h"
#define FDR_OPS(ops)	(&(ops))
#else
#define FDR_OPS(ops)	NULL
#endif

#define FDR_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define FDR_MS		1000000ULL
#define FDR_S		1000000000ULL

static const struct fdr_param panic_params[] = {
	{ .name = "message", .type = FAULTDRILL_PARAM_STRING, .def = "faultdrill: panic on request",
	  .summary = "text of the panic" },
	{ .name = "context", .type = FAULTDRILL_PARAM_CHOICE, .choices = "task|softirq|hardirq",
	  .def = "task", .summary = "context to panic in" },
};

/* Of oops and bug.  In a task the node survives unless kernel.panic_on_oops is set. */
static const struct fdr_param oops_params[] = {
	{ .name = "context", .type = FAULTDRILL_PARAM_CHOICE, .choices = "task|softirq|hardirq",
	  .def = "task", .summary = "context to crash in; in an interrupt it always ends the node" },
};

static const struct fdr_param soft_lockup_params[] = {
	{ .name = "cpus", .type = FAULTDRILL_PARAM_CPULIST, .def = "0",
	  .summary = "CPUs to lock up" },
};

static const struct fdr_param hard_lockup_params[] = {
	{ .name = "cpus", .type = FAULTDRILL_PARAM_CPULIST, .def = "0",
	  .summary = "CPUs to lock up" },
};

static const struct fdr_param hung_task_params[] = {
	{ .name = "tasks", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 1024, .def = "1",
	  .summary = "number of tasks that hang in uninterruptible sleep" },
};

static const struct fdr_param cpu_stall_params[] = {
	{ .name = "stall", .type = FAULTDRILL_PARAM_TIME, .unit = "ns",
	  .min = 100000ULL, .max = 60 * FDR_S, .def = "100ms",
	  .summary = "how long all CPUs stop each time" },
	{ .name = "period", .type = FAULTDRILL_PARAM_TIME, .unit = "ns",
	  .min = 0, .max = 3600 * FDR_S, .def = "0s",
	  .summary = "stop again so long after each start; 0 = once" },
};

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

#define PARAMS(p)	.params = (p), .n_params = FDR_LEN(p)

const struct fdr_fault fdr_catalogue[] = {
	{ .name = "panic", .family = "crash", .summary = "panic the kernel",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  PARAMS(panic_params), .ops = FDR_OPS(fdr_panic_ops) },
	{ .name = "oops", .family = "crash", .summary = "access a bad kernel address",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  PARAMS(oops_params), .ops = FDR_OPS(fdr_oops_ops) },
	{ .name = "bug", .family = "crash", .summary = "hit a BUG()",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  PARAMS(oops_params), .ops = FDR_OPS(fdr_bug_ops) },
	{ .name = "reset", .family = "power", .summary = "restart at once, nothing synced",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  .ops = FDR_OPS(fdr_reset_ops) },
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
	{ .name = "hung-task", .family = "hang",
	  .summary = "tasks hang in uninterruptible sleep",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_LOW, PARAMS(hung_task_params),
	  .ops = FDR_OPS(fdr_hung_task_ops) },
	{ .name = "cpu-stall", .family = "cpu",
	  .summary = "all CPUs stop for a time, once or periodically",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_FREEZING | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(cpu_stall_params),
	  .ops = FDR_OPS(fdr_cpu_stall_ops) },
	{ .name = "disk-error", .family = "disk",
	  .summary = "I/O on a live device ends with a chosen error",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_HIGH, PARAMS(disk_error_params),
	  .ops = FDR_OPS(fdr_disk_error_ops) },
};

const unsigned int fdr_catalogue_len = FDR_LEN(fdr_catalogue);
