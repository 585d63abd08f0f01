// SPDX-License-Identifier: GPL-2.0-or-later
/* The plan's table, and the sections that are plain values. */
#include "sections.h"

#define SECTION(n, t, req, s) \
	{ .desc = { .name = (n), .required = (req), .summary = (s) }, \
	  .into = FDR_INTO_TABLE, .table = &(t) }
#define CUSTOM(n, fn, sch, s, ...) \
	{ .desc = { .name = (n), .summary = (s), __VA_ARGS__ }, .into = FDR_INTO_CUSTOM, \
	  .bind = (fn), .schema = (sch) }

static const struct fdr_row drill_rows[] = {
	FDR_ROW_TEXT("name", struct fdr_plan, name, .required = true,
		     .summary = "what the drill is called"),
	FDR_ROW_TEXT("description", struct fdr_plan, description,
		     .summary = "what it shows, for the report"),
};

const struct fdr_table fdr_drill_table = {
	.what = "drill", .rows = drill_rows, .n = FDR_ARRAY_LEN(drill_rows),
};

static const struct fdr_row trials_rows[] = {
	FDR_ROW_NUM("count", FDR_OPT_U64, struct fdr_plan, trials.count, .def = "1", .min = 1,
		    .max = 10000, .summary = "how many times the fault is injected"),
	FDR_ROW_NUM("phase", FDR_OPT_TIME, struct fdr_plan, trials.phase_ns, .def = "1s",
		    .max = 3600 * FDR_NS_PER_S,
		    .summary = "the onset is drawn uniformly over this time: the detector's "
			       "longest period"),
	FDR_ROW_NUM("seed", FDR_OPT_U64, struct fdr_plan, trials.seed, .def = "0",
		    .summary = "of the draw; 0: a new one, recorded with the result"),
	{ .desc = { .name = "observe", .type = FDR_OPT_TIME, .def = "30s", .min = FDR_NS_PER_S,
		    .max = 24 * 3600 * FDR_NS_PER_S,
		    .summary = "deadline from onset for what the fault causes" },
	  .into = FDR_INTO_NUM, .at = offsetof(struct fdr_plan, trials.observe_ns),
	  .place_at = offsetof(struct fdr_plan, trials.observe_at) },
	FDR_ROW_NUM("recover", FDR_OPT_TIME, struct fdr_plan, trials.recover_ns, .def = "120s",
		    .min = FDR_NS_PER_S, .max = 24 * 3600 * FDR_NS_PER_S,
		    .summary = "deadline, after that, for the return to the steady state"),
	{ .desc = { .name = "rescue", .type = FDR_OPT_TIME, .def = "0s", .max = 24 * 3600 * FDR_NS_PER_S,
		    .summary = "a victim that is not back so long after the observation is reset by "
			       "its power driver; 0: never" },
	  .into = FDR_INTO_NUM, .at = offsetof(struct fdr_plan, trials.rescue_ns),
	  .place_at = offsetof(struct fdr_plan, trials.rescue_at) },
	FDR_ROW_NUM("cooldown", FDR_OPT_TIME, struct fdr_plan, trials.cooldown_ns, .def = "0s",
		    .max = 24 * 3600 * FDR_NS_PER_S,
		    .summary = "pause between trials, after the steady state has held again"),
	FDR_ROW_CHOICE("draw", struct fdr_plan, trials.draw, "stratified|uniform",
		       .def = "stratified",
		       .summary = "one onset in each equal part of the phase, or each anywhere"),
	{ .desc = { .name = "stop", .summary = "stop early once an interval is narrow" },
	  .into = FDR_INTO_CUSTOM, .bind = fdr_bind_stop, .schema = fdr_schema_stop,
	  .place_at = offsetof(struct fdr_plan, trials.stop_at) },
	{ .desc = { .name = "served_hold", .type = FDR_OPT_TIME, .def = "1s", .min = 1,
		    .max = 3600 * FDR_NS_PER_S,
		    .summary = "service is back when all requests of so long succeed" },
	  .into = FDR_INTO_NUM, .at = offsetof(struct fdr_plan, trials.served_hold_ns),
	  .place_at = offsetof(struct fdr_plan, trials.served_hold_at) },
	FDR_ROW_NUM("max_late", FDR_OPT_TIME, struct fdr_plan, trials.max_late_ns, .def = "500ms",
		    .min = FDR_NS_PER_MS / 1000, .max = 3600 * FDR_NS_PER_S,
		    .summary = "a trial in which probes or requests leave later than this, by this "
			       "host itself, is inconclusive"),
};

const struct fdr_table fdr_trials_table = {
	.what = "trials", .rows = trials_rows, .n = FDR_ARRAY_LEN(trials_rows),
};

/* Bound before everything else, by plan.c and include.c. */
static void bind_nothing(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	(void)b;
	(void)value;
	(void)target;
}

static const struct fdr_row plan_rows[] = {
	{ .desc = { .name = "apiVersion", .type = FDR_OPT_CHOICE, .choices = "faultdrill/v1",
		    .required = true, .summary = "the format's version" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan, api_version) },
	CUSTOM("include", bind_nothing, fdr_schema_words,
	       "other files, relative to this one, whose sections belong to the plan"),
	SECTION("drill", fdr_drill_table, true, "what this is"),
	CUSTOM("vars", bind_nothing, fdr_schema_vars, "texts used as ${name}; --set overrides them"),
	CUSTOM("nodes", fdr_bind_nodes, fdr_schema_nodes, "machines with an agent: name to transport"),
	CUSTOM("groups", fdr_bind_groups, fdr_schema_groups, "names for several nodes"),
	CUSTOM("probes", fdr_bind_probes, fdr_schema_probes, "readers of detectors: name to kind"),
	CUSTOM("workloads", fdr_bind_workloads, fdr_schema_workloads,
	       "traffic whose success defines service: name to kind"),
	SECTION("steady_state", fdr_steady_table, true, "how things are when all is well"),
	CUSTOM("inject", fdr_bind_inject, fdr_schema_inject, "what is broken", .required = true),
	SECTION("milestones", fdr_milestones_table, true, "what is measured"),
	SECTION("expect", fdr_expect_table, false, "when the milestones are expected"),
	CUSTOM("gates", fdr_bind_gates, fdr_schema_gates, "limits that the figures must keep"),
	CUSTOM("predict", fdr_bind_predicts, fdr_schema_predicts,
	       "detectors whose configuration says when they will notice: name to kind"),
	SECTION("evidence", fdr_evidence_table, false, "what is kept besides what is measured"),
	SECTION("trials", fdr_trials_table, false, "how often, and the deadlines"),
	CUSTOM("graphs", fdr_bind_graphs, fdr_schema_graphs,
	       "what others record meanwhile, to be laid under the timelines: name to source"),
	SECTION("usage", fdr_usage_table, false,
		"whose processor time the transactions are held against"),
	SECTION("safety", fdr_safety_table, false, "limits"),
};

const struct fdr_table fdr_plan_table = {
	.what = "the plan", .rows = plan_rows, .n = FDR_ARRAY_LEN(plan_rows),
};
