// SPDX-License-Identifier: GPL-2.0-or-later
/* Conditions, and the sections made of them: steady_state, milestones, expect. */
#include "sections.h"

#include <string.h>

static const struct fdr_row cond_rows[] = {
	{ .desc = { .name = "probe", .summary = "name of a probe of this plan" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_cond, probe),
	  .place_at = offsetof(struct fdr_plan_cond, probe_at) },
	FDR_ROW_TEXT("subject", struct fdr_plan_cond, subject,
		     .summary = "whom the probe speaks of, e.g. web/node1; absent: any"),
	{ .desc = { .name = "state", .summary = "what the probe must say" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_cond, state),
	  .place_at = offsetof(struct fdr_plan_cond, state_at) },
	{ .desc = { .name = "workload", .summary = "name of a workload whose requests succeed" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_cond, workload),
	  .place_at = offsetof(struct fdr_plan_cond, workload_at) },
};

const struct fdr_table fdr_cond_table = {
	.what = "a condition", .rows = cond_rows, .n = FDR_ARRAY_LEN(cond_rows),
	.place_at = offsetof(struct fdr_plan_cond, place),
};

void fdr_bind_cond(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_plan_cond *c = target;
	size_t before = b->errors->n;

	c->place = fdr_yaml_place(value);
	fdr_bind_table(b, &fdr_cond_table, value, c);
	if (b->errors->n > before)
		return;
	if (!c->probe == !c->workload)
		fdr_plan_error(b->errors, c->place,
			       "a condition needs either a probe (with its state) or a workload");
	else if (c->probe && !c->state)
		fdr_plan_error(b->errors, c->place, "a condition on a probe needs \"state\"");
	else if (c->workload && (c->state || c->subject))
		fdr_plan_error(b->errors, c->place, "a condition on a workload takes neither "
			       "\"state\" nor \"subject\": it means that all requests succeed");
}

static void bind_conditions(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_plan *p = target;
	size_t n;

	if (value->type != YAML_SEQUENCE_NODE) {
		fdr_plan_error(b->errors, fdr_yaml_place(value),
			       "conditions: a list is wanted, not %s", fdr_bind_shape(value));
		return;
	}
	n = (size_t)(value->data.sequence.items.top - value->data.sequence.items.start);
	if (!n) {
		fdr_plan_error(b->errors, fdr_yaml_place(value), "conditions: at least one is "
			       "needed: what is not checked before a fault proves nothing after it");
		return;
	}
	p->steady.conds = calloc(n, sizeof(*p->steady.conds));
	if (!p->steady.conds) {
		b->errors->failed = true;
		return;
	}
	p->steady.n = n;
	for (size_t i = 0; i < n; i++)
		fdr_bind_cond(b, fdr_bind_node(b, value->data.sequence.items.start[i]),
			      &p->steady.conds[i]);
}

static const struct fdr_row steady_rows[] = {
	{ .desc = { .name = "conditions", .required = true,
		    .summary = "what must hold before a fault and again after it" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_conditions, .schema = fdr_schema_conds },
	FDR_ROW_NUM("hold", FDR_OPT_TIME, struct fdr_plan, steady.hold_ns, .def = "2s",
		    .min = 100 * FDR_NS_PER_MS, .max = 3600 * FDR_NS_PER_S,
		    .summary = "all conditions must have held for so long"),
	{ .desc = { .name = "deadline", .type = FDR_OPT_TIME, .def = "60s",
		    .min = 1 * FDR_NS_PER_S, .max = 24 * 3600 * FDR_NS_PER_S,
		    .summary = "give up when the first steady state takes longer" },
	  .into = FDR_INTO_NUM, .at = offsetof(struct fdr_plan, steady.deadline_ns),
	  .place_at = offsetof(struct fdr_plan, steady.deadline_at) },
};

const struct fdr_table fdr_steady_table = {
	.what = "steady_state", .rows = steady_rows, .n = FDR_ARRAY_LEN(steady_rows),
	.place_at = offsetof(struct fdr_plan, steady.place),
};

#define MILESTONE(n, id, s) \
	{ .desc = { .name = (n), .summary = (s) }, .into = FDR_INTO_CUSTOM, \
	  .at = offsetof(struct fdr_plan, milestones[id]), .bind = fdr_bind_cond, \
	  .schema = fdr_schema_cond }

/* The onset comes from the victim's kernel, the first error from the workload. */
static const struct fdr_row milestone_rows[] = {
	MILESTONE("suspected", FDR_SUSPECTED, "a detector reports trouble it has not confirmed"),
	MILESTONE("detected", FDR_DETECTED, "the detector's confirmed verdict"),
	MILESTONE("isolated", FDR_ISOLATED, "the victim is fenced"),
	MILESTONE("promoted", FDR_PROMOTED, "the standby has taken the role"),
	MILESTONE("served", FDR_SERVED, "the workload succeeds again"),
	MILESTONE("redundant", FDR_REDUNDANT, "the lost redundancy is back"),
	MILESTONE("failed_back", FDR_FAILED_BACK, "roles are where they were before"),
};

const struct fdr_table fdr_milestones_table = {
	.what = "milestones", .rows = milestone_rows, .n = FDR_ARRAY_LEN(milestone_rows),
	.place_at = offsetof(struct fdr_plan, milestones_at),
};

static void bind_range(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_plan_expect *x = target;
	uint64_t ends[2];

	x->place = fdr_yaml_place(value);
	if (value->type != YAML_SEQUENCE_NODE ||
	    value->data.sequence.items.top - value->data.sequence.items.start != 2) {
		fdr_plan_error(b->errors, x->place,
			       "expect: two times are wanted, as in [1.2s, 1.7s]");
		return;
	}
	for (int i = 0; i < 2; i++) {
		yaml_node_t *node = fdr_bind_node(b, value->data.sequence.items.start[i]);
		char *text FDR_CLEANUP_FREE = fdr_bind_text(b, "expect", node);

		if (!text)
			return;
		if (fdr_parse_time(text, &ends[i]) < 0) {
			fdr_plan_error(b->errors, fdr_yaml_place(node), "expect: \"%.80s\" is not "
				       "a time with a unit (ns, us, ms, s, m, h) such as 500ms",
				       text);
			return;
		}
	}
	if (ends[0] > ends[1]) {
		fdr_plan_error(b->errors, x->place, "expect: the range ends before it starts");
		return;
	}
	*x = (struct fdr_plan_expect){ true, ends[0], ends[1], x->place };
}

#define EXPECT(n, id) \
	{ .desc = { .name = (n), .summary = "earliest and latest time from onset" }, \
	  .into = FDR_INTO_CUSTOM, .at = offsetof(struct fdr_plan, expect[id]), \
	  .bind = bind_range, .schema = fdr_schema_range }

static const struct fdr_row expect_rows[] = {
	EXPECT("first_error", FDR_FIRST_ERROR), EXPECT("suspected", FDR_SUSPECTED),
	EXPECT("detected", FDR_DETECTED), EXPECT("isolated", FDR_ISOLATED),
	EXPECT("promoted", FDR_PROMOTED), EXPECT("served", FDR_SERVED),
	EXPECT("redundant", FDR_REDUNDANT), EXPECT("failed_back", FDR_FAILED_BACK),
};

const struct fdr_table fdr_expect_table = {
	.what = "expect", .rows = expect_rows, .n = FDR_ARRAY_LEN(expect_rows),
};
