// SPDX-License-Identifier: GPL-2.0-or-later
/* The inject section: a fault on a node, or a command on this host. */
#include "kinds.h"
#include "sections.h"

static void bind_fault(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	const struct fdr_kind **kinds FDR_CLEANUP_FREE = fdr_fault_kinds(b->vocabulary);
	struct fdr_plan *p = target;
	size_t i = 0;

	if (!kinds) {
		b->errors->failed = true;
		return;
	}
	fdr_bind_kind(b, "fault", kinds, b->vocabulary->n_faults, value, &p->inject.fault, &i,
		      &p->inject.fault_at);
	if (p->inject.fault.kind)
		p->inject.fault_flags = b->vocabulary->fault_flags[i];
}

static const struct fdr_row exec_rows[] = {
	FDR_ROW_TEXT("command", struct fdr_plan_inject, command, .required = true,
		     .summary = "run by sh at the drawn instant"),
	FDR_ROW_TEXT("undo", struct fdr_plan_inject, undo,
		     .summary = "run by sh to repair what the command broke"),
};

static const struct fdr_table exec_table = {
	.what = "exec", .rows = exec_rows, .n = FDR_ARRAY_LEN(exec_rows),
};

static const struct fdr_row inject_rows[] = {
	{ .desc = { .name = "node", .summary = "the victim" }, .into = FDR_INTO_TEXT,
	  .at = offsetof(struct fdr_plan, inject.node),
	  .place_at = offsetof(struct fdr_plan, inject.node_at) },
	{ .desc = { .name = "fault", .summary = "a fault of the catalogue with its parameters" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_fault, .schema = fdr_schema_fault },
	{ .desc = { .name = "exec", .summary = "a command on this host in place of a fault" },
	  .into = FDR_INTO_TABLE, .at = offsetof(struct fdr_plan, inject), .table = &exec_table },
	{ .desc = { .name = "duration", .type = FDR_OPT_TIME, .min = 1, .max = 24 * 3600 * FDR_NS_PER_S,
		    .summary = "the kernel ends a reversible fault so long after its onset" },
	  .into = FDR_INTO_NUM, .at = offsetof(struct fdr_plan, inject.duration_ns),
	  .place_at = offsetof(struct fdr_plan, inject.duration_at) },
	{ .desc = { .name = "lease", .type = FDR_OPT_TIME, .min = 2 * FDR_NS_PER_S,
		    .max = 3600 * FDR_NS_PER_S,
		    .summary = "the kernel ends a reversible fault so long after the controller was "
			       "last heard; default 10s" },
	  .into = FDR_INTO_NUM, .at = offsetof(struct fdr_plan, inject.lease_ns),
	  .place_at = offsetof(struct fdr_plan, inject.lease_at) },
	FDR_ROW_BOOL("force", struct fdr_plan, inject.force, .def = "false",
		     .summary = "also root, swap and journal devices"),
};

const struct fdr_table fdr_inject_table = {
	.what = "inject", .rows = inject_rows, .n = FDR_ARRAY_LEN(inject_rows),
	.place_at = offsetof(struct fdr_plan, inject.place),
};
