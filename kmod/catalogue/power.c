// SPDX-License-Identifier: GPL-2.0-only
/* The power goes, or seems to. */
#include "rows.h"

static const struct fdr_param kdump_params[] = {
	{ .name = "message", .type = FAULTDRILL_PARAM_STRING, .def = "faultdrill: dump on request",
	  .summary = "text of the panic" },
	{ .name = "context", .type = FAULTDRILL_PARAM_CHOICE, .choices = "task|softirq|hardirq|nmi",
	  .def = "task", .summary = "context to panic in; nmi: x86 only" },
	{ .name = "stop-others", .type = FAULTDRILL_PARAM_BOOL, .def = "no",
	  .summary = "stop all other CPUs before, with interrupts off" },
};

const struct fdr_fault fdr_faults_power[] = {
	{ .name = "reset", .family = "power", .summary = "restart at once, nothing synced",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  .ops = FDR_OPS(fdr_reset_ops) },
	{ .name = "triple-fault", .family = "power",
	  .summary = "the processor gives up and resets the machine; x86 only",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  .ops = FDR_OPS(fdr_triple_fault_ops) },
	{ .name = "power-off", .family = "power",
	  .summary = "switch off; devices are shut down, file systems are not synced",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  .ops = FDR_OPS(fdr_power_off_ops) },
	{ .name = "halt", .family = "power",
	  .summary = "stop for good with the power on, nothing synced",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  .ops = FDR_OPS(fdr_halt_ops) },
	{ .name = "reboot", .family = "power",
	  .summary = "restart in order: userspace is asked to, by /sbin/reboot",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_MEDIUM,
	  .ops = FDR_OPS(fdr_reboot_ops) },
	{ .name = "kdump", .family = "power",
	  .summary = "crash through the loaded crash kernel; refused where there is none",
	  .flags = FAULTDRILL_F_FATAL, .risk = FAULTDRILL_RISK_HIGH,
	  PARAMS(kdump_params), .ops = FDR_OPS(fdr_kdump_ops) },
};

const unsigned int fdr_faults_power_len = FDR_LEN(fdr_faults_power);
