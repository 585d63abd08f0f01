// SPDX-License-Identifier: GPL-2.0-or-later
/* The safety section: what a run may do to the nodes, and when. */
#include "lists.h"
#include "sections.h"
#include "window.h"

#include <string.h>

#include "base/opts-value.h"

static void bind_min(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
		     yaml_node_t *value, void *userdata)
{
	static const struct fdr_opt_desc number = { .name = "min_healthy", .type = FDR_OPT_U64,
						    .max = 10000 };
	struct fdr_plan *p = userdata;
	char *text FDR_CLEANUP_FREE = fdr_bind_text(b, "min_healthy", value);
	void *v = p->safety.min_healthy;
	struct fdr_error e = { "" };
	struct fdr_plan_min *min;
	uint64_t n;

	if (!text)
		return;
	if (fdr_opt_value(&number, text, &n, &e) < 0) {
		fdr_plan_error(b->errors, fdr_yaml_place(value), "%s", e.text);
		return;
	}
	min = fdr_bind_grow(&v, &p->safety.n_min_healthy, sizeof(*min), b->errors);
	p->safety.min_healthy = v;
	if (!min)
		return;
	*min = (struct fdr_plan_min){ strdup(key), n, fdr_yaml_place(key_node) };
	if (!min->role) {
		b->errors->failed = true;
		p->safety.n_min_healthy--;
	}
}

static void bind_min_healthy(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	fdr_bind_each(b, "min_healthy", value, bind_min, target);
}

static json_t *schema_min_healthy(const struct fdr_vocabulary *v)
{
	(void)v;
	return json_pack("{s:s, s:{s:[ss]}}", "type", "object", "additionalProperties", "type",
			 "integer", "string");
}

static void bind_never(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	fdr_bind_words(b, "never", value, &((struct fdr_plan *)target)->safety.never);
}

static void bind_window(struct fdr_bind *b, yaml_node_t *item, void *userdata)
{
	struct fdr_plan *p = userdata;
	char *text FDR_CLEANUP_FREE = fdr_bind_text(b, "windows", item);
	void *v = p->safety.windows;
	struct fdr_error e = { "" };
	struct fdr_plan_window window, *last;

	if (!text)
		return;
	if (fdr_window_parse(text, &window, &e) < 0) {
		fdr_plan_error(b->errors, fdr_yaml_place(item), "%s", e.text);
		return;
	}
	last = fdr_bind_grow(&v, &p->safety.n_windows, sizeof(*last), b->errors);
	p->safety.windows = v;
	if (!last)
		return;
	*last = window;
	last->text = FDR_TAKE_PTR(text);
}

static void bind_windows(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	fdr_bind_items(b, "windows", value, 64, bind_window, target);
}

static void bind_stop_on(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	fdr_bind_cond_list(b, "stop_on", value, &((struct fdr_plan *)target)->safety.stop_on);
}

static void bind_require(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	fdr_bind_cond_list(b, "require", value, &((struct fdr_plan *)target)->safety.require);
}

static const struct fdr_row safety_rows[] = {
	FDR_ROW_BOOL("allow_fatal", struct fdr_plan, safety.allow_fatal, .def = "false",
		     .summary = "faults that the victim's kernel does not survive are meant"),
	FDR_ROW_BOOL("allow_irreversible", struct fdr_plan, safety.allow_irreversible,
		     .def = "false",
		     .summary = "faults are meant that the kernel survives but nothing undoes"),
	FDR_ROW_BOOL("allow_power", struct fdr_plan, safety.allow_power, .def = "false",
		     .summary = "nodes may be turned on and off and be reset by their power drivers"),
	{ .desc = { .name = "max_nodes", .type = FDR_OPT_U64, .def = "1", .min = 1, .max = 64,
		    .summary = "so many nodes may be broken at once" },
	  .into = FDR_INTO_NUM, .at = offsetof(struct fdr_plan, safety.max_nodes),
	  .place_at = offsetof(struct fdr_plan, safety.max_nodes_at) },
	{ .desc = { .name = "min_healthy",
		    .summary = "a role, and how many of its nodes stay whole at any time" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_min_healthy, .schema = schema_min_healthy },
	{ .desc = { .name = "never", .summary = "nodes that are not to break: names or globs" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_never, .schema = fdr_schema_words },
	{ .desc = { .name = "windows", .summary = "when trials may start: \"Mon-Fri 22:00-06:00 UTC\"" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_windows, .schema = fdr_schema_words },
	FDR_ROW_NUM("lease", FDR_OPT_TIME, struct fdr_plan, safety.lease_ns,
		    .min = 2 * FDR_NS_PER_S, .max = 3600 * FDR_NS_PER_S,
		    .summary = "lease of all faults that state none; default 10s"),
	{ .desc = { .name = "stop_on",
		    .summary = "if one of these comes to hold in a trial, all is cleared and the run ends" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_stop_on, .schema = fdr_schema_conds },
	{ .desc = { .name = "require", .summary = "no trial starts unless all of these hold" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_require, .schema = fdr_schema_conds },
	FDR_ROW_NUM("max_clock_bound", FDR_OPT_TIME, struct fdr_plan, safety.max_clock_bound_ns,
		    .def = "5ms", .min = 1000, .max = 10 * FDR_NS_PER_S,
		    .summary = "warn when the clocks are known no better than this"),
	{ .desc = { .name = "beacon", .def = "auto",
		    .summary = "where victims send beacons: auto, off or ADDRESS[:PORT]" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan, safety.beacon),
	  .place_at = offsetof(struct fdr_plan, safety.beacon_at) },
	FDR_ROW_TEXT("module", struct fdr_plan, safety.module,
		     .summary = "path of the module on the nodes, in place of the installed one"),
};

const struct fdr_table fdr_safety_table = {
	.what = "safety", .rows = safety_rows, .n = FDR_ARRAY_LEN(safety_rows),
};
