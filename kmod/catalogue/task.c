// SPDX-License-Identifier: GPL-2.0-only
/* Processes that die, stand still or run out of what they need. */
#include "rows.h"

/* Which tasks; the same words in each fault that chooses some. */
#define TASK_PID								\
	{ .name = "pid", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 4194304,	\
	  .summary = "process, by its number in the initial PID namespace" }
#define TASK_COMM								\
	{ .name = "comm", .type = FAULTDRILL_PARAM_STRING,			\
	  .summary = "processes of exactly this name, as in /proc/PID/comm" }
#define TASK_CGROUP								\
	{ .name = "cgroup", .type = FAULTDRILL_PARAM_PATH,			\
	  .summary = "processes in this control group (version 2) and below, as in /system.slice/x.service" }
#define TASK_SCOPE								\
	{ .name = "scope", .type = FAULTDRILL_PARAM_CHOICE, .def = "process",	\
	  .choices = "process|thread|tree",					\
	  .summary = "the whole process; of pid this thread alone; or the process and all its descendants" }

static const struct fdr_param task_kill_params[] = {
	TASK_PID, TASK_COMM, TASK_CGROUP, TASK_SCOPE,
	{ .name = "which", .type = FAULTDRILL_PARAM_CHOICE, .def = "all",
	  .choices = "all|oldest|newest", .summary = "of several processes" },
	{ .name = "signal", .type = FAULTDRILL_PARAM_STRING, .def = "KILL",
	  .summary = "signal, by name (KILL or SIGKILL) or number" },
};

static const struct fdr_param task_freeze_params[] = {
	TASK_PID, TASK_COMM, TASK_CGROUP, TASK_SCOPE,
};

static const struct fdr_param fd_exhaust_params[] = {
	TASK_PID, TASK_COMM,
	{ .name = "spare", .type = FAULTDRILL_PARAM_U64, .max = 1000000, .def = "0",
	  .summary = "file descriptors that it can still open" },
};

static const struct fdr_param pid_exhaust_params[] = {
	{ .name = "reserve", .type = FAULTDRILL_PARAM_U64, .min = 8, .max = 1000000, .def = "64",
	  .summary = "tasks that can still be created when the fault takes effect" },
	{ .name = "limit", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 4194304, .def = "65536",
	  .summary = "refuse if more kernel threads than this would be needed" },
};

const struct fdr_fault fdr_faults_task[] = {
	{ .name = "task-kill", .family = "task", .summary = "processes get a signal",
	  .risk = FAULTDRILL_RISK_HIGH, PARAMS(task_kill_params),
	  .ops = FDR_OPS(fdr_task_kill_ops) },
	{ .name = "task-freeze", .family = "task",
	  .summary = "processes stop being scheduled, and no signal helps",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(task_freeze_params),
	  .ops = FDR_OPS(fdr_task_freeze_ops) },
	{ .name = "fd-exhaust", .family = "task",
	  .summary = "a process cannot open any more files or sockets",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(fd_exhaust_params),
	  .ops = FDR_OPS(fdr_fd_exhaust_ops) },
	{ .name = "pid-exhaust", .family = "task",
	  .summary = "no process or thread can be created on the node",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_HIGH, .excludes = "pids", PARAMS(pid_exhaust_params),
	  .ops = FDR_OPS(fdr_pid_exhaust_ops) },
};

const unsigned int fdr_faults_task_len = FDR_LEN(fdr_faults_task);
