// SPDX-License-Identifier: GPL-2.0-only
/* Crashes. */
#include "rows.h"

#define OUTCOME(doc)								\
	{ .name = "outcome", .type = FAULTDRILL_PARAM_CHOICE, .def = "as-set",	\
	  .choices = "as-set|survive|panic", .summary = (doc) }

static const struct fdr_param panic_params[] = {
	{ .name = "message", .type = FAULTDRILL_PARAM_STRING, .def = "faultdrill: panic on request",
	  .summary = "text of the panic" },
	{ .name = "context", .type = FAULTDRILL_PARAM_CHOICE, .choices = "task|softirq|hardirq|nmi",
	  .def = "task", .summary = "context to panic in; nmi: x86 only" },
	{ .name = "stop-others", .type = FAULTDRILL_PARAM_BOOL, .def = "no",
	  .summary = "stop all other CPUs before, with interrupts off" },
	{ .name = "after", .type = FAULTDRILL_PARAM_CHOICE, .def = "as-set",
	  .choices = "as-set|stay|reboot-now|reboot-later",
	  .summary = "what follows; as-set: kernel.panic decides" },
	{ .name = "delay", .type = FAULTDRILL_PARAM_TIME, .unit = "ns", .min = FDR_S,
	  .max = 86400 * FDR_S, .def = "10s",
	  .summary = "until the restart of after=reboot-later, in whole seconds" },
};

/* Of oops and bug. */
static const struct fdr_param oops_params[] = {
	{ .name = "context", .type = FAULTDRILL_PARAM_CHOICE, .choices = "task|softirq|hardirq",
	  .def = "task", .summary = "context to crash in; in an interrupt it always ends the node" },
	OUTCOME("whether the node lives on; as-set: kernel.panic_on_oops decides"),
};

/* Of what the kernel's own checks answer with a BUG(). */
static const struct fdr_param memory_params[] = {
	OUTCOME("whether the node lives on if it notices; as-set: kernel.panic_on_oops decides"),
};

static const struct fdr_param warn_params[] = {
	{ .name = "message", .type = FAULTDRILL_PARAM_STRING,
	  .def = "faultdrill: warning on request", .summary = "text of the warning" },
	{ .name = "context", .type = FAULTDRILL_PARAM_CHOICE, .choices = "task|softirq|hardirq",
	  .def = "task", .summary = "context to warn in" },
	{ .name = "outcome", .type = FAULTDRILL_PARAM_CHOICE, .def = "as-set",
	  .choices = "as-set|survive",
	  .summary = "survive: also where kernel.panic_on_warn is set" },
};

const struct fdr_fault fdr_faults_crash[] = {
	{ .name = "panic", .family = "crash", .summary = "panic the kernel",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  PARAMS(panic_params), .ops = FDR_OPS(fdr_panic_ops) },
	{ .name = "oops", .family = "crash", .summary = "access a bad kernel address",
	  .flags = FAULTDRILL_F_FATAL | FAULTDRILL_F_UNTRUSTED, .risk = FAULTDRILL_RISK_HIGH,
	  PARAMS(oops_params), .ops = FDR_OPS(fdr_oops_ops) },
	{ .name = "bug", .family = "crash", .summary = "hit a BUG()",
	  .flags = FAULTDRILL_F_FATAL | FAULTDRILL_F_UNTRUSTED, .risk = FAULTDRILL_RISK_HIGH,
	  PARAMS(oops_params), .ops = FDR_OPS(fdr_bug_ops) },
	{ .name = "warn", .family = "crash", .summary = "hit a WARN(); the kernel is tainted by it",
	  .risk = FAULTDRILL_RISK_LOW, PARAMS(warn_params), .ops = FDR_OPS(fdr_warn_ops) },
	{ .name = "stack-overflow", .family = "crash",
	  .summary = "overflow a kernel stack into its guard page",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  .ops = FDR_OPS(fdr_stack_overflow_ops) },
	{ .name = "double-free", .family = "crash",
	  .summary = "free an object twice; newer kernels may not notice",
	  .flags = FAULTDRILL_F_FATAL | FAULTDRILL_F_UNTRUSTED, .risk = FAULTDRILL_RISK_HIGH,
	  PARAMS(memory_params), .ops = FDR_OPS(fdr_double_free_ops) },
	{ .name = "list-corruption", .family = "crash",
	  .summary = "add to a corrupted list; kernels without CONFIG_DEBUG_LIST do not notice",
	  .flags = FAULTDRILL_F_FATAL | FAULTDRILL_F_UNTRUSTED, .risk = FAULTDRILL_RISK_HIGH,
	  PARAMS(memory_params), .ops = FDR_OPS(fdr_list_corruption_ops) },
};

const unsigned int fdr_faults_crash_len = FDR_LEN(fdr_faults_crash);
