// SPDX-License-Identifier: GPL-2.0-only
/* Tasks, queues, readers, locks and consoles that hang. */
#include "rows.h"

static const struct fdr_param hung_task_params[] = {
	{ .name = "tasks", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 1024, .def = "1",
	  .summary = "number of tasks that hang in uninterruptible sleep" },
};

static const struct fdr_param rcu_stall_params[] = {
	{ .name = "cpus", .type = FAULTDRILL_PARAM_CPULIST, .def = "0",
	  .summary = "CPUs on which a reader does not end" },
};

static const struct fdr_param workqueue_stall_params[] = {
	{ .name = "queue", .type = FAULTDRILL_PARAM_CHOICE, .def = "system_wq",
	  .choices =
	"system_wq|system_highpri_wq|system_long_wq|system_unbound_wq|system_freezable_wq|own",
	  .summary = "the queue; own = one of the module's, that nobody else uses" },
	{ .name = "cpus", .type = FAULTDRILL_PARAM_CPULIST, .def = "all",
	  .summary = "CPUs whose share of the queue stalls; not for unbound queues" },
};

static const struct fdr_param lock_hold_params[] = {
	{ .name = "lock", .type = FAULTDRILL_PARAM_CHOICE, .choices = "rtnl|inode|mmap|freeze",
	  .required = true,
	  .summary = "the lock; freeze = a file system's writers wait" },
	{ .name = "path", .type = FAULTDRILL_PARAM_PATH,
	  .summary = "for inode the file or directory, for freeze anything on the file system" },
	{ .name = "pid", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 4194304,
	  .summary = "for mmap the process whose memory map is locked" },
};

static const struct fdr_param console_flood_params[] = {
	{ .name = "rate", .type = FAULTDRILL_PARAM_U64, .unit = "lines/s", .min = 1, .max = 100000,
	  .def = "1000", .summary = "lines a second, as far as the consoles keep up" },
	{ .name = "level", .type = FAULTDRILL_PARAM_CHOICE, .def = "warning",
	  .choices = "emerg|alert|crit|err|warning|notice|info|debug",
	  .summary = "log level of the lines" },
	{ .name = "length", .type = FAULTDRILL_PARAM_U64, .unit = "bytes", .min = 0, .max = 900,
	  .def = "60", .summary = "text in each line, after its number" },
};

const struct fdr_fault fdr_faults_hang[] = {
	{ .name = "hung-task", .family = "hang",
	  .summary = "tasks hang in uninterruptible sleep",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_LOW, PARAMS(hung_task_params),
	  .ops = FDR_OPS(fdr_hung_task_ops) },
	{ .name = "rcu-stall", .family = "hang",
	  .summary = "readers of RCU do not end, and so no grace period does",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_PER_CPU | FAULTDRILL_F_FREEZING |
		   FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(rcu_stall_params),
	  .ops = FDR_OPS(fdr_rcu_stall_ops) },
	{ .name = "workqueue-stall", .family = "hang",
	  .summary = "what is queued on a work queue has to wait",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_PER_CPU | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(workqueue_stall_params),
	  .ops = FDR_OPS(fdr_workqueue_stall_ops) },
	{ .name = "lock-hold", .family = "hang",
	  .summary = "a lock of the kernel's is held: who needs it waits",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(lock_hold_params),
	  .ops = FDR_OPS(fdr_lock_hold_ops) },
	{ .name = "console-flood", .family = "hang",
	  .summary = "lines to the kernel's log, as many as its consoles take",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_LOW, PARAMS(console_flood_params),
	  .ops = FDR_OPS(fdr_console_flood_ops) },
};

const unsigned int fdr_faults_hang_len = FDR_LEN(fdr_faults_hang);
