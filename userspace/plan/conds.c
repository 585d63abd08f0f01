// SPDX-License-Identifier: GPL-2.0-or-later
/* Conditions, and the sections made of them: steady_state, milestones, expect. */
#include "sections.h"

#include <string.h>

/* Items of a list as single words or as mappings; 0: reported. */
static size_t list_size(struct fdr_bind *b, const char *what, yaml_node_t *value, size_t max)
{
	size_t n;

	if (value->type != YAML_SEQUENCE_NODE) {
		fdr_plan_error(b->errors, fdr_yaml_place(value), "%s: a list is wanted, not %s",
			       what, fdr_bind_shape(value));
		return 0;
	}
	n = (size_t)(value->data.sequence.items.top - value->data.sequence.items.start);
	if (!n)
		fdr_plan_error(b->errors, fdr_yaml_place(value), "%s: the list is empty", what);
	if (n <= max)
		return n;
	fdr_plan_error(b->errors, fdr_yaml_place(value), "%s: more than %zu in a list", what, max);
	return 0;
}

static void bind_states(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_plan_cond *c = target;
	size_t n = list_size(b, "states", value, FDR_COND_PARTS_MAX);

	c->state_at = fdr_yaml_place(value);
	c->states = calloc(n + 1, sizeof(*c->states));
	if (!c->states) {
		b->errors->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		yaml_node_t *node = fdr_bind_node(b, value->data.sequence.items.start[i]);

		c->states[c->n_states] = fdr_bind_text(b, "states", node);
		if (!c->states[c->n_states])
			return;
		c->n_states++;
	}
}

/* One operator a mapping: the first that was given stands. */
static bool take_op(struct fdr_bind *b, yaml_node_t *value, struct fdr_plan_cond *c,
		    enum fdr_cond_op op)
{
	if (c->op != FDR_COND_LEAF) {
		fdr_plan_error(b->errors, fdr_yaml_place(value),
			       "a condition has one of all, any and not: nest them");
		return false;
	}
	c->op = op;
	if (c->depth < FDR_COND_DEPTH_MAX)
		return true;
	fdr_plan_error(b->errors, fdr_yaml_place(value), "conditions are nested more than %d deep",
		       FDR_COND_DEPTH_MAX);
	return false;
}

static bool new_parts(struct fdr_bind *b, struct fdr_plan_cond *c, size_t n)
{
	c->parts = n ? calloc(n, sizeof(*c->parts)) : NULL;
	if (!c->parts) {
		b->errors->failed = b->errors->failed || n;
		return false;
	}
	c->n_parts = n;
	for (size_t i = 0; i < n; i++)
		c->parts[i].depth = c->depth + 1;
	return true;
}

static void bind_list(struct fdr_bind *b, const char *what, yaml_node_t *value,
		      struct fdr_plan_cond *c, enum fdr_cond_op op)
{
	if (!take_op(b, value, c, op) ||
	    !new_parts(b, c, list_size(b, what, value, FDR_COND_PARTS_MAX)))
		return;
	for (size_t i = 0; i < c->n_parts; i++)
		fdr_bind_cond(b, fdr_bind_node(b, value->data.sequence.items.start[i]),
			      &c->parts[i]);
}

static void bind_all(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	bind_list(b, "all", value, target, FDR_COND_ALL);
}

static void bind_any(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	bind_list(b, "any", value, target, FDR_COND_ANY);
}

static void bind_not(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_plan_cond *c = target;

	if (take_op(b, value, c, FDR_COND_NOT) && new_parts(b, c, 1))
		fdr_bind_cond(b, value, c->parts);
}

static const struct fdr_row cond_rows[] = {
	{ .desc = { .name = "probe", .summary = "name of a probe of this plan" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_cond, probe),
	  .place_at = offsetof(struct fdr_plan_cond, probe_at) },
	FDR_ROW_TEXT("subject", struct fdr_plan_cond, subject,
		     .summary = "whom the probe speaks of, e.g. web/node1; absent: any"),
	{ .desc = { .name = "state", .summary = "what the probe must say" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_cond, state),
	  .place_at = offsetof(struct fdr_plan_cond, state_at) },
	{ .desc = { .name = "states", .summary = "any of these will do" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_states, .schema = fdr_schema_words },
	{ .desc = { .name = "workload", .summary = "name of a workload whose requests succeed" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_cond, workload),
	  .place_at = offsetof(struct fdr_plan_cond, workload_at) },
	{ .desc = { .name = "all", .summary = "all of these conditions hold" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_all, .schema = fdr_schema_conds },
	{ .desc = { .name = "any", .summary = "at least one of these conditions holds" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_any, .schema = fdr_schema_conds },
	{ .desc = { .name = "not", .summary = "it is known that this condition does not hold" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_not, .schema = fdr_schema_cond },
};

const struct fdr_table fdr_cond_table = {
	.what = "a condition", .rows = cond_rows, .n = FDR_ARRAY_LEN(cond_rows),
	.place_at = offsetof(struct fdr_plan_cond, place),
};

static void check_leaf(struct fdr_bind *b, const struct fdr_plan_cond *c)
{
	if (!c->probe == !c->workload)
		fdr_plan_error(b->errors, c->place,
			       "a condition needs either a probe (with its state) or a workload");
	else if (c->state && c->states)
		fdr_plan_error(b->errors, c->state_at, "give either \"state\" or \"states\"");
	else if (c->probe && !c->state && !c->states)
		fdr_plan_error(b->errors, c->place, "a condition on a probe needs \"state\"");
	else if (c->workload && (c->state || c->states || c->subject))
		fdr_plan_error(b->errors, c->place, "a condition on a workload takes neither "
			       "\"state\" nor \"subject\": it means that all requests succeed");
}

/* A single state is a list of one. */
static void list_state(struct fdr_bind *b, struct fdr_plan_cond *c)
{
	if (!c->state || c->states)
		return;
	c->states = calloc(1, sizeof(*c->states));
	if (c->states)
		c->states[0] = strdup(c->state);
	if (!c->states || !c->states[0])
		b->errors->failed = true;
	else
		c->n_states = 1;
}

void fdr_bind_cond(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_plan_cond *c = target;
	size_t before = b->errors->n;

	c->place = fdr_yaml_place(value);
	fdr_bind_table(b, &fdr_cond_table, value, c);
	if (b->errors->n > before)
		return;
	if (c->op == FDR_COND_LEAF)
		check_leaf(b, c);
	else if (c->probe || c->workload || c->state || c->states || c->subject)
		fdr_plan_error(b->errors, c->place, "all, any and not stand alone: put the probe or "
			       "workload beside them into their list");
	list_state(b, c);
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
