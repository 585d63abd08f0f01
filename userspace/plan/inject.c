// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The inject section: a fault on a node or a command on this host, or a list of
 * steps, each such a one at an instant of its own.
 */
#include "kinds.h"
#include "lists.h"
#include "sections.h"
#include "target.h"
#include "window.h"

#include <string.h>

/* What is written: of a step, or of the section. */
struct form {
	struct fdr_plan_step step;
	struct fdr_place after_at, previous_at, parallel_at;
	uint64_t after_ns;
	bool previous;			/* after the one before has ended */
	struct fdr_plan_inject inject;	/* the steps of a list; those that are parallel */
};

static void bind_fault(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	const struct fdr_kind **kinds FDR_CLEANUP_FREE = fdr_fault_kinds(b->vocabulary);
	struct fdr_plan_step *s = target;
	size_t i = 0;

	if (!kinds) {
		b->errors->failed = true;
		return;
	}
	fdr_bind_kind(b, "fault", kinds, b->vocabulary->n_faults, value, &s->fault, &i,
		      &s->fault_at);
	if (s->fault.kind)
		s->fault_flags = b->vocabulary->fault_flags[i];
}

static const struct fdr_row exec_rows[] = {
	FDR_ROW_TEXT("command", struct fdr_plan_step, command, .required = true,
		     .summary = "run by sh at the drawn instant"),
	FDR_ROW_TEXT("undo", struct fdr_plan_step, undo,
		     .summary = "run by sh to repair what the command broke"),
};

static const struct fdr_table exec_table = {
	.what = "exec", .rows = exec_rows, .n = FDR_ARRAY_LEN(exec_rows),
};

static void bind_nodes(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	fdr_bind_words(b, "nodes", value, target);
}

static const struct fdr_row select_rows[] = {
	{ .desc = { .name = "how", .type = FDR_OPT_CHOICE, .choices = "one|minority|majority|all",
		    .def = "one", .summary = "how many of them" },
	  .into = FDR_INTO_NUM, .at = offsetof(struct fdr_plan_select, how) },
	{ .desc = { .name = "role", .summary = "the nodes that have this role" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_select, role),
	  .place_at = offsetof(struct fdr_plan_select, role_at) },
	{ .desc = { .name = "group", .summary = "the nodes of this group" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_select, group),
	  .place_at = offsetof(struct fdr_plan_select, group_at) },
	{ .desc = { .name = "nodes", .summary = "these nodes" },
	  .into = FDR_INTO_CUSTOM, .at = offsetof(struct fdr_plan_select, nodes),
	  .bind = bind_nodes, .schema = fdr_schema_words },
	{ .desc = { .name = "probe", .summary = "of them, those that this probe then says to be" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_select, probe),
	  .place_at = offsetof(struct fdr_plan_select, probe_at) },
	{ .desc = { .name = "state", .summary = "in this state" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_select, state),
	  .place_at = offsetof(struct fdr_plan_select, state_at) },
};

static const struct fdr_table select_table = {
	.what = "select", .rows = select_rows, .n = FDR_ARRAY_LEN(select_rows),
	.place_at = offsetof(struct fdr_plan_select, place),
};

static void bind_select(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_plan_select *x = target;

	fdr_bind_table(b, &select_table, value, x);
	x->given = true;
	if (!!x->role + !!x->group + !!x->nodes.n > 1)
		fdr_plan_error(b->errors, x->place, "select: give one of role, group and nodes");
	if (!x->probe != !x->state)
		fdr_plan_error(b->errors, x->place, "select: probe and state go together");
}

static json_t *schema_select(const struct fdr_vocabulary *v)
{
	return fdr_schema_table(&select_table, v);
}

static void bind_after(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct form *f = target;
	char *text FDR_CLEANUP_FREE = fdr_bind_text(b, "after", value);

	f->after_at = fdr_yaml_place(value);
	if (!text)
		return;
	f->previous = !strcmp(text, "previous");
	if (!f->previous && fdr_parse_time(text, &f->after_ns) < 0)
		fdr_plan_error(b->errors, f->after_at, "after: \"%.80s\" is neither \"previous\" "
			       "(when the step before has ended) nor a time such as 5s (so long "
			       "after it began)", text);
}

static void bind_parallel(struct fdr_bind *b, yaml_node_t *value, void *target);
static void bind_steps(struct fdr_bind *b, yaml_node_t *value, void *target);
static void bind_start(struct fdr_bind *b, yaml_node_t *value, void *target);
static json_t *schema_parallel(const struct fdr_vocabulary *v);
static json_t *schema_steps(const struct fdr_vocabulary *v);

static json_t *schema_text(const struct fdr_vocabulary *v)
{
	(void)v;
	return json_pack("{s:s}", "type", "string");
}

#define FAULT_ROWS \
	{ .desc = { .name = "node", .summary = "the victim" }, .into = FDR_INTO_TEXT, \
	  .at = offsetof(struct form, step.node), \
	  .place_at = offsetof(struct form, step.node_at) }, \
	{ .desc = { .name = "select", .summary = "victims drawn for each trial, in place of node" }, \
	  .into = FDR_INTO_CUSTOM, .at = offsetof(struct form, step.select), \
	  .bind = bind_select, .schema = schema_select }, \
	{ .desc = { .name = "fault", .summary = "a fault of the catalogue with its parameters" }, \
	  .into = FDR_INTO_CUSTOM, .bind = bind_fault, .schema = fdr_schema_fault }, \
	{ .desc = { .name = "exec", .summary = "a command on this host in place of a fault" }, \
	  .into = FDR_INTO_TABLE, .at = offsetof(struct form, step), .table = &exec_table }, \
	{ .desc = { .name = "duration", .type = FDR_OPT_TIME, .min = 1, \
		    .max = 24 * 3600 * FDR_NS_PER_S, \
		    .summary = "the kernel ends a reversible fault so long after its onset" }, \
	  .into = FDR_INTO_NUM, .at = offsetof(struct form, step.duration_ns), \
	  .place_at = offsetof(struct form, step.duration_at) }, \
	{ .desc = { .name = "lease", .type = FDR_OPT_TIME, .min = 2 * FDR_NS_PER_S, \
		    .max = 3600 * FDR_NS_PER_S, \
		    .summary = "the kernel ends a reversible fault so long after the controller " \
			       "was last heard; default: that of safety, else 10s" }, \
	  .into = FDR_INTO_NUM, .at = offsetof(struct form, step.lease_ns), \
	  .place_at = offsetof(struct form, step.lease_at) }, \
	FDR_ROW_BOOL("force", struct form, step.force, .def = "false", \
		     .summary = "also root, swap and journal devices")

#define START_ROW \
	{ .desc = { .name = "start", .summary = "the instant of the first trial's fault, UTC: " \
						"2026-12-01T02:00:00Z" }, \
	  .into = FDR_INTO_CUSTOM, .bind = bind_start, .schema = schema_text }

static const struct fdr_row inject_rows[] = { FAULT_ROWS, START_ROW };

static const struct fdr_row parallel_rows[] = { FAULT_ROWS };

static const struct fdr_row step_rows[] = {
	FAULT_ROWS,
	{ .desc = { .name = "at", .type = FDR_OPT_TIME, .max = 24 * 3600 * FDR_NS_PER_S,
		    .summary = "so long after the trial's first instant" },
	  .into = FDR_INTO_NUM, .at = offsetof(struct form, step.at_ns),
	  .place_at = offsetof(struct form, step.at_at) },
	{ .desc = { .name = "after", .summary = "previous: when the step before has ended; a time: "
						"so long after it began" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_after, .schema = schema_text },
	{ .desc = { .name = "parallel", .summary = "steps at one instant" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_parallel, .schema = schema_parallel },
};

static const struct fdr_row list_rows[] = {
	{ .desc = { .name = "steps", .required = true, .summary = "faults, each at its instant" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_steps, .schema = schema_steps },
	START_ROW,
};

static const struct fdr_table inject_table = {
	.what = "inject", .rows = inject_rows, .n = FDR_ARRAY_LEN(inject_rows),
	.place_at = offsetof(struct form, step.place),
};

static const struct fdr_table parallel_table = {
	.what = "a parallel step", .rows = parallel_rows, .n = FDR_ARRAY_LEN(parallel_rows),
	.place_at = offsetof(struct form, step.place),
};

static const struct fdr_table step_table = {
	.what = "a step", .rows = step_rows, .n = FDR_ARRAY_LEN(step_rows),
	.place_at = offsetof(struct form, step.place),
};

static const struct fdr_table list_table = {
	.what = "inject", .rows = list_rows, .n = FDR_ARRAY_LEN(list_rows),
	.place_at = offsetof(struct form, step.place),
};

static json_t *schema_list(const struct fdr_table *table, const struct fdr_vocabulary *v)
{
	return json_pack("{s:s, s:i, s:i, s:o}", "type", "array", "minItems", 1, "maxItems",
			 FDR_PLAN_STEPS_MAX, "items", fdr_schema_table(table, v));
}

static json_t *schema_parallel(const struct fdr_vocabulary *v)
{
	return schema_list(&parallel_table, v);
}

static json_t *schema_steps(const struct fdr_vocabulary *v)
{
	return schema_list(&step_table, v);
}

json_t *fdr_schema_inject(const struct fdr_vocabulary *v)
{
	return json_pack("{s:[o, o]}", "anyOf", fdr_schema_table(&inject_table, v),
			 fdr_schema_table(&list_table, v));
}

static void bind_start(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_plan_inject *in = &((struct form *)target)->inject;
	char *text FDR_CLEANUP_FREE = fdr_bind_text(b, "start", value);

	in->start_at = fdr_yaml_place(value);
	if (text && fdr_instant_parse(text, &in->start_real_ns) < 0)
		fdr_plan_error(b->errors, in->start_at, "start: \"%.80s\" is no instant; it is "
			       "written in UTC, as 2026-12-01T02:00:00Z", text);
}

/* Takes what @s owns. */
static void add_step(struct fdr_bind *b, struct fdr_plan_inject *to, struct fdr_plan_step *s)
{
	void *v = to->steps;
	struct fdr_plan_step *last = fdr_bind_grow(&v, &to->n_steps, sizeof(*last), b->errors);

	to->steps = v;
	if (last)
		*last = *s;
	else
		fdr_plan_step_clear(s);
}

static void bind_member(struct fdr_bind *b, yaml_node_t *item, void *userdata)
{
	struct form f = { 0 };

	fdr_bind_table(b, &parallel_table, item, &f);
	f.step.place = fdr_yaml_place(item);
	add_step(b, userdata, &f.step);
}

static void bind_parallel(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct form *f = target;

	f->parallel_at = fdr_yaml_place(value);
	fdr_bind_items(b, "parallel", value, FDR_PLAN_STEPS_MAX, bind_member, &f->inject);
}

static bool says_fault(const struct fdr_plan_step *s)
{
	return s->node || s->select.given || s->fault_at.line || s->command || s->duration_ns ||
	       s->lease_ns || s->force;
}

/* The instant of the steps that come next, by the ones before. */
struct sequence {
	struct fdr_plan_inject *to;
	size_t n;			/* items so far */
	uint64_t began_ns, ends_ns;	/* of the one before; UINT64_MAX: not by itself */
};

static uint64_t instant_of(struct fdr_bind *b, const struct form *f, const struct sequence *q)
{
	struct fdr_place place = f->step.place;

	if (f->step.at_at.line && f->after_at.line) {
		fdr_plan_error(b->errors, f->after_at, "give either \"at\" or \"after\"");
	} else if (f->step.at_at.line) {
		if (f->step.at_ns < q->began_ns)
			fdr_plan_error(b->errors, f->step.at_at,
				       "steps stand in the order of their instants: this one comes "
				       "before the step above it");
		return f->step.at_ns;
	} else if (!q->n) {
		if (f->after_at.line)
			fdr_plan_error(b->errors, f->after_at, "there is no step before the first");
	} else if (!f->after_at.line) {
		fdr_plan_error(b->errors, place, "a step needs \"at\" (so long after the first "
			       "instant) or \"after\"; what is to come together stands under "
			       "\"parallel\"");
	} else if (!f->previous) {
		return q->began_ns + f->after_ns;
	} else if (q->ends_ns == UINT64_MAX) {
		fdr_plan_error(b->errors, f->after_at, "the step before does not end by itself: give "
			       "it a duration, or say so long after it began");
	} else {
		return q->ends_ns;
	}
	return q->began_ns;
}

static void bind_step(struct fdr_bind *b, yaml_node_t *item, void *userdata)
{
	struct sequence *q = userdata;
	struct form f = { 0 };
	uint64_t at_ns;

	fdr_bind_table(b, &step_table, item, &f);
	f.step.place = fdr_yaml_place(item);
	at_ns = instant_of(b, &f, q);
	if (f.parallel_at.line && says_fault(&f.step))
		fdr_plan_error(b->errors, f.parallel_at, "a step is either parallel or one fault");
	if (f.parallel_at.line)
		fdr_plan_step_clear(&f.step);
	else
		add_step(b, &f.inject, &f.step);
	q->began_ns = at_ns;
	q->ends_ns = at_ns;
	for (size_t i = 0; i < f.inject.n_steps; i++) {
		struct fdr_plan_step *s = &f.inject.steps[i];

		s->at_ns = at_ns;
		if (fdr_step_end(s) > q->ends_ns)
			q->ends_ns = fdr_step_end(s);
		add_step(b, q->to, s);
	}
	free(f.inject.steps);
	q->n++;
}

static void bind_steps(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct form *f = target;
	struct sequence q = { .to = &f->inject };

	f->inject.listed = true;
	fdr_bind_items(b, "steps", value, FDR_PLAN_STEPS_MAX, bind_step, &q);
	if (q.to->n_steps > FDR_PLAN_STEPS_MAX)
		fdr_plan_error(b->errors, fdr_yaml_place(value), "steps: more than %d, with those "
			       "that are parallel", FDR_PLAN_STEPS_MAX);
}

static bool has_steps(struct fdr_bind *b, yaml_node_t *value)
{
	if (value->type != YAML_MAPPING_NODE)
		return false;
	for (yaml_node_pair_t *p = value->data.mapping.pairs.start;
	     p < value->data.mapping.pairs.top; p++) {
		yaml_node_t *key = fdr_bind_node(b, p->key);

		if (key->type == YAML_SCALAR_NODE &&
		    !strcmp((const char *)key->data.scalar.value, "steps"))
			return true;
	}
	return false;
}

void fdr_bind_inject(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_plan *p = target;
	struct form f = { 0 };
	bool listed = has_steps(b, value);

	fdr_bind_table(b, listed ? &list_table : &inject_table, value, &f);
	if (!listed && f.step.place.line)
		add_step(b, &f.inject, &f.step);
	p->inject = f.inject;
	p->inject.place = f.step.place;
}
