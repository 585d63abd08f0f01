// SPDX-License-Identifier: GPL-2.0-only
/* Crashes. */
#include "rows.h"

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

const struct fdr_fault fdr_faults_crash[] = {
	{ .name = "panic", .family = "crash", .summary = "panic the kernel",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  PARAMS(panic_params), .ops = FDR_OPS(fdr_panic_ops) },
	{ .name = "oops", .family = "crash", .summary = "access a bad kernel address",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  PARAMS(oops_params), .ops = FDR_OPS(fdr_oops_ops) },
	{ .name = "bug", .family = "crash", .summary = "hit a BUG()",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  PARAMS(oops_params), .ops = FDR_OPS(fdr_bug_ops) },
};

const unsigned int fdr_faults_crash_len = FDR_LEN(fdr_faults_crash);
