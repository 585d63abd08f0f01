// SPDX-License-Identifier: GPL-2.0-or-later
#include "common-vocabulary.h"

#include <linux/faultdrill.h>

static const struct fdr_opt_desc ssh_opts[] = {
	{ .name = "host", .type = FDR_OPT_STRING, .required = true, .summary = "host name" },
	{ .name = "config", .type = FDR_OPT_STRING, .summary = "configuration file" },
};
static const struct fdr_kind local = { .name = "local", .summary = "this host" };
static const struct fdr_kind ssh = { .name = "ssh", .summary = "OpenSSH", .opts = ssh_opts,
				     .n_opts = FDR_ARRAY_LEN(ssh_opts) };
static const struct fdr_kind *const transports[] = { &local, &ssh };

static const struct fdr_opt_desc stats_opts[] = {
	{ .name = "socket", .type = FDR_OPT_STRING, .required = true, .summary = "socket" },
	{ .name = "interval", .type = FDR_OPT_TIME, .def = "100ms", .min = 1000000,
	  .max = 60000000000, .summary = "between two polls" },
	{ .name = "hosts", .type = FDR_OPT_TARGETS, .max = 100, .summary = "whom to ask" },
};
static const struct fdr_opt_desc follow_opts[] = {
	{ .name = "path", .type = FDR_OPT_STRING, .required = true, .summary = "the file" },
	{ .name = "patterns", .type = FDR_OPT_MAP, .required = true,
	  .summary = "state: what a line must hold" },
};
static const struct fdr_kind stats = { .name = "stats", .summary = "a socket",
				       .opts = stats_opts, .n_opts = FDR_ARRAY_LEN(stats_opts) };
static const struct fdr_kind follow = { .name = "follow", .summary = "a file",
					.opts = follow_opts, .n_opts = FDR_ARRAY_LEN(follow_opts) };

static const struct fdr_opt_desc power_opts[] = {
	{ .name = "node", .type = FDR_OPT_STRING, .required = true, .summary = "whose" },
};
static const struct fdr_kind power = { .name = "power", .summary = "a node's power",
				       .opts = power_opts, .n_opts = FDR_ARRAY_LEN(power_opts) };
static const struct fdr_opt_desc outlet_opts[] = {
	{ .name = "outlet", .type = FDR_OPT_U64, .required = true, .min = 1, .max = 8,
	  .summary = "which of them" },
};
static const struct fdr_kind strip = { .name = "strip", .summary = "a power strip",
				       .opts = outlet_opts,
				       .n_opts = FDR_ARRAY_LEN(outlet_opts) };
static const struct fdr_kind *const probes[] = { &stats, &follow, &power };
static const char *const probe_states[] = { "up|suspect|down", NULL, "on|off|unknown" };
static const struct fdr_kind *const powers[] = { &strip };

static const struct fdr_opt_desc web_opts[] = {
	{ .name = "url", .type = FDR_OPT_STRING, .required = true, .summary = "what to ask for" },
	{ .name = "rate", .type = FDR_OPT_RATE, .def = "10/s", .summary = "requests a second" },
};
static const struct fdr_kind web = { .name = "web", .summary = "requests", .opts = web_opts,
				     .n_opts = FDR_ARRAY_LEN(web_opts) };
static const struct fdr_opt_desc store_opts[] = {
	{ .name = "endpoints", .type = FDR_OPT_LIST, .required = true, .summary = "servers" },
	{ .name = "rate", .type = FDR_OPT_RATE, .def = "10/s", .summary = "requests a second" },
	{ .name = "statement", .type = FDR_OPT_STRING, .summary = "what each request does" },
	{ .name = "ledger", .type = FDR_OPT_BOOL, .def = "no", .summary = "or a record" },
	{ .name = "payload", .type = FDR_OPT_U64, .def = "64", .min = 1, .max = 4096,
	  .summary = "bytes" },
	{ .name = "read_from", .type = FDR_OPT_MAP, .summary = "further copies" },
	{ .name = "read_timeout", .type = FDR_OPT_TIME, .def = "30s", .min = 1,
	  .max = 3600000000000, .summary = "for all of it" },
};
static const struct fdr_kind store = { .name = "store", .summary = "records", .opts = store_opts,
				       .n_opts = FDR_ARRAY_LEN(store_opts) };
static const struct fdr_kind *const workloads[] = { &web, &store };

static const struct fdr_opt_desc balancer_opts[] = {
	{ .name = "config", .type = FDR_OPT_STRING, .required = true, .summary = "the file" },
	{ .name = "node", .type = FDR_OPT_STRING, .summary = "where it is" },
	{ .name = "peer_node", .type = FDR_OPT_STRING, .summary = "where the other is" },
	{ .name = "milestones", .type = FDR_OPT_MAP, .summary = "its word: the plan's" },
};
static const struct fdr_kind balancer = { .name = "balancer", .summary = "checks",
					  .opts = balancer_opts,
					  .n_opts = FDR_ARRAY_LEN(balancer_opts) };
static const struct fdr_kind *const predicts[] = { &balancer };

static const struct fdr_opt_desc panic_opts[] = {
	{ .name = "message", .type = FDR_OPT_STRING, .def = "on request", .summary = "text" },
	{ .name = "context", .type = FDR_OPT_CHOICE, .choices = "task|softirq|hardirq",
	  .def = "task", .summary = "context to panic in" },
};
static const struct fdr_opt_desc lockup_opts[] = {
	{ .name = "cpus", .type = FDR_OPT_CPULIST, .def = "0", .summary = "CPUs" },
};
static const struct fdr_opt_desc disk_opts[] = {
	{ .name = "device", .type = FDR_OPT_BLKDEV, .required = true, .summary = "disk" },
	{ .name = "ops", .type = FDR_OPT_CHOICES, .choices = "read|write|flush|discard",
	  .summary = "operations that fail" },
	{ .name = "probability", .type = FDR_OPT_PPM, .min = 1, .max = 1000000,
	  .summary = "share that fails" },
};
static const struct fdr_opt_desc kill_opts[] = {
	{ .name = "comm", .type = FDR_OPT_STRING, .summary = "whom" },
};
static const struct fdr_kind faults[] = {
	{ "panic", "dies", panic_opts, FDR_ARRAY_LEN(panic_opts) },
	{ "soft-lockup", "spins", lockup_opts, FDR_ARRAY_LEN(lockup_opts) },
	{ "hung-task", "hangs", NULL, 0 },
	{ "disk-error", "fails", disk_opts, FDR_ARRAY_LEN(disk_opts) },
	{ "task-kill", "kills", kill_opts, FDR_ARRAY_LEN(kill_opts) },
	{ "disk-drop-writes", "lies", disk_opts, FDR_ARRAY_LEN(disk_opts) },
};
static const unsigned int fault_flags[] = {
	FAULTDRILL_F_FATAL,
	FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_FREEZING | FAULTDRILL_F_DURATION,
	FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	0,
	FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION | FAULTDRILL_F_DAMAGING,
};

const struct fdr_vocabulary *test_vocabulary(void)
{
	static const struct fdr_vocabulary v = {
		.transports = transports, .n_transports = FDR_ARRAY_LEN(transports),
		.powers = powers, .n_powers = FDR_ARRAY_LEN(powers),
		.probes = probes, .probe_states = probe_states, .n_probes = FDR_ARRAY_LEN(probes),
		.workloads = workloads, .n_workloads = FDR_ARRAY_LEN(workloads),
		.predicts = predicts, .n_predicts = FDR_ARRAY_LEN(predicts),
		.faults = faults, .fault_flags = fault_flags, .n_faults = FDR_ARRAY_LEN(faults),
	};

	return &v;
}
