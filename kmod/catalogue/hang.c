// SPDX-License-Identifier: GPL-2.0-only
/* Tasks and queues that hang. */
#include "rows.h"

static const struct fdr_param hung_task_params[] = {
	{ .name = "tasks", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 1024, .def = "1",
	  .summary = "number of tasks that hang in uninterruptible sleep" },
};

const struct fdr_fault fdr_faults_hang[] = {
	{ .name = "hung-task", .family = "hang",
	  .summary = "tasks hang in uninterruptible sleep",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_LOW, PARAMS(hung_task_params),
	  .ops = FDR_OPS(fdr_hung_task_ops) },
};

const unsigned int fdr_faults_hang_len = FDR_LEN(fdr_faults_hang);
