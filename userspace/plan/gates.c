// SPDX-License-Identifier: GPL-2.0-or-later
/* What is judged with confidence: the gates, and the rule by which trials stop. */
#include "sections.h"

#include <string.h>

#include "base/opts-value.h"

#define MEASURED	"first_error|suspected|detected|isolated|promoted|served|redundant|failed_back"
#define GATES_MAX	64

static const struct fdr_row stop_rows[] = {
	{ .desc = { .name = "milestone", .type = FDR_OPT_CHOICE, .choices = MEASURED,
		    .required = true, .summary = "whose times" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_stop, milestone),
	  .place_at = offsetof(struct fdr_plan_stop, milestone_at) },
	{ .desc = { .name = "quantile", .def = "p50", .summary = "p50, p90, p99.9 or median" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_stop, quantile),
	  .place_at = offsetof(struct fdr_plan_stop, quantile_at) },
	{ .desc = { .name = "within", .type = FDR_OPT_PPM, .min = 1, .max = 1000000,
		    .required = true,
		    .summary = "half the interval is at most this share of the estimate" },
	  .into = FDR_INTO_NUM, .at = offsetof(struct fdr_plan_stop, within_ppm) },
	FDR_ROW_NUM("min", FDR_OPT_U64, struct fdr_plan_stop, min, .def = "20", .min = 1,
		    .max = 10000, .summary = "not before so many trials"),
};

const struct fdr_table fdr_stop_table = {
	.what = "trials.stop", .rows = stop_rows, .n = FDR_ARRAY_LEN(stop_rows),
};

/* "median", "p50", "p99.9" */
static bool quantile(struct fdr_bind *b, const char *text, struct fdr_place place, double *ret)
{
	char *end;

	if (text && !strcmp(text, "median")) {
		*ret = 0.5;
		return true;
	}
	if (text && *text == 'p' && text[1] >= '0' && text[1] <= '9' &&
	    strspn(text + 1, "0123456789.") == strlen(text + 1)) {
		*ret = strtod(text + 1, &end) / 100;
		if (!*end && *ret > 0 && *ret < 1)
			return true;
	}
	fdr_plan_error(b->errors, place, "quantile: \"%.40s\" is neither median nor one from p0 to "
		       "p100 such as p50 or p99.9", text ? text : "");
	return false;
}

static enum fdr_milestone milestone(const char *name)
{
	int m = 0;

	while (m < FDR_MILESTONE_COUNT && strcmp(fdr_milestone_names[m], name))
		m++;
	return (enum fdr_milestone)m;
}

void fdr_bind_stop(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_plan_stop *s = &((struct fdr_plan *)target)->trials.stop;
	size_t before = b->errors->n;

	fdr_bind_table(b, &fdr_stop_table, value, s);
	if (b->errors->n > before || !s->milestone)
		return;
	s->m = milestone(s->milestone);
	quantile(b, s->quantile, s->quantile_at.line ? s->quantile_at : fdr_yaml_place(value), &s->p);
}

#define CHOICE(n, c, s) \
	FDR_ROW_CHOICE(#n, struct fdr_plan_gate, n, c, .summary = (s))

static const struct fdr_row gate_rows[] = {
	{ .desc = { .name = "milestone", .type = FDR_OPT_CHOICE, .choices = MEASURED,
		    .summary = "a milestone's time from onset" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_gate, milestone),
	  .place_at = offsetof(struct fdr_plan_gate, milestone_at) },
	CHOICE(users, "lost_time|longest_gap|undetected", "what users saw in a trial"),
	CHOICE(loss, "records|seconds", "acknowledged data that was lost, in all trials"),
	CHOICE(share, "noticed", "the share of trials in which users noticed"),
	{ .desc = { .name = "false_positives", .type = FDR_OPT_U64,
		    .summary = "so many verdicts with no fault, at most" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_gate, alarms) },
	{ .desc = { .name = "quantile", .summary = "of a milestone or users: p50, p90, median" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_gate, quantile),
	  .place_at = offsetof(struct fdr_plan_gate, quantile_at) },
	{ .desc = { .name = "at_most", .summary = "the limit: a time, a share or a number" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_gate, at_most),
	  .place_at = offsetof(struct fdr_plan_gate, at_most_at) },
};

const struct fdr_table fdr_gate_table = {
	.what = "a gate", .rows = gate_rows, .n = FDR_ARRAY_LEN(gate_rows),
	.place_at = offsetof(struct fdr_plan_gate, place),
};

static bool choose_kind(struct fdr_bind *b, struct fdr_plan_gate *g)
{
	const struct {
		const char *given;
		enum fdr_plan_gate_kind kind;
	} kinds[] = {
		{ g->milestone, FDR_GATE_OF_MILESTONE }, { g->users, FDR_GATE_OF_USERS },
		{ g->loss, FDR_GATE_OF_LOSS }, { g->alarms, FDR_GATE_OF_ALARMS },
		{ g->share, FDR_GATE_OF_SHARE },
	};
	unsigned int n = 0;

	for (size_t i = 0; i < FDR_ARRAY_LEN(kinds); i++) {
		if (kinds[i].given) {
			g->kind = kinds[i].kind;
			n++;
		}
	}
	if (n == 1)
		return true;
	fdr_plan_error(b->errors, g->place, "a gate is of one of milestone, users, loss, share and "
		       "false_positives");
	return false;
}

/* What the limit of a gate must look like. */
static void read_limit(struct fdr_bind *b, struct fdr_plan_gate *g)
{
	static const struct fdr_opt_desc time = { .name = "at_most", .type = FDR_OPT_TIME };
	static const struct fdr_opt_desc share = { .name = "at_most", .type = FDR_OPT_PPM,
						   .max = 1000000 };
	static const struct fdr_opt_desc number = { .name = "at_most", .type = FDR_OPT_U64 };
	bool records = g->kind == FDR_GATE_OF_ALARMS ||
		       (g->kind == FDR_GATE_OF_LOSS && !strcmp(g->loss, "records"));
	const struct fdr_opt_desc *d = records ? &number :
				       g->kind == FDR_GATE_OF_SHARE ? &share : &time;
	const char *text = g->kind == FDR_GATE_OF_ALARMS ? g->alarms : g->at_most;
	struct fdr_error e = { "" };
	uint64_t v = 0;

	if (g->kind == FDR_GATE_OF_ALARMS && g->at_most)
		fdr_plan_error(b->errors, g->at_most_at, "false_positives is its own limit: it takes "
			       "no \"at_most\"");
	else if (!text)
		fdr_plan_error(b->errors, g->place, "a gate needs \"at_most\" (the limit)");
	else if (fdr_opt_value(d, text, &v, &e) < 0)
		fdr_plan_error(b->errors, g->at_most_at, "%s", e.text);
	g->limit = d == &share ? (double)v / 1e6 : (double)v;
}

static void bind_gate(struct fdr_bind *b, yaml_node_t *value, struct fdr_plan_gate *g)
{
	size_t before = b->errors->n;
	bool times;

	fdr_bind_table(b, &fdr_gate_table, value, g);
	if (b->errors->n > before || !choose_kind(b, g))
		return;
	times = g->kind == FDR_GATE_OF_MILESTONE || g->kind == FDR_GATE_OF_USERS;
	if (times && !g->quantile)
		fdr_plan_error(b->errors, g->place, "a gate of times needs \"quantile\", as in p50 "
			       "or p90");
	else if (times)
		quantile(b, g->quantile, g->quantile_at, &g->p);
	else if (g->quantile)
		fdr_plan_error(b->errors, g->quantile_at, "a quantile is of a milestone's times or "
			       "of what users saw");
	read_limit(b, g);
}

void fdr_bind_gates(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_plan *p = target;
	size_t n;

	if (value->type != YAML_SEQUENCE_NODE) {
		fdr_plan_error(b->errors, fdr_yaml_place(value), "gates: a list is wanted, not %s",
			       fdr_bind_shape(value));
		return;
	}
	n = (size_t)(value->data.sequence.items.top - value->data.sequence.items.start);
	if (!n || n > GATES_MAX) {
		fdr_plan_error(b->errors, fdr_yaml_place(value), "gates: from 1 to %d are wanted, "
			       "not %zu", GATES_MAX, n);
		return;
	}
	p->gates = calloc(n, sizeof(*p->gates));
	if (!p->gates) {
		b->errors->failed = true;
		return;
	}
	p->n_gates = n;
	for (size_t i = 0; i < n; i++)
		bind_gate(b, fdr_bind_node(b, value->data.sequence.items.start[i]), &p->gates[i]);
}

void fdr_gates_clear(struct fdr_plan *p)
{
	for (size_t i = 0; i < p->n_gates; i++) {
		struct fdr_plan_gate *g = &p->gates[i];

		free(g->milestone);
		free(g->users);
		free(g->loss);
		free(g->alarms);
		free(g->share);
		free(g->quantile);
		free(g->at_most);
	}
	free(p->gates);
	free(p->trials.stop.milestone);
	free(p->trials.stop.quantile);
	free(p->trials.draw);
}

static void check_measured(const struct fdr_plan *p, struct fdr_bind *b, const char *name,
			   struct fdr_place place, const char *what)
{
	enum fdr_milestone m = milestone(name);

	if (m < FDR_MILESTONE_COUNT && m != FDR_FIRST_ERROR && !fdr_cond_given(&p->milestones[m]))
		fdr_plan_error(b->errors, place, "%s is %s but is not among the milestones", name,
			       what);
	if (m == FDR_FIRST_ERROR && !p->n_workloads)
		fdr_plan_error(b->errors, place, "%s is %s but there is no workload", name, what);
}

void fdr_gates_check(const struct fdr_plan *p, struct fdr_bind *b)
{
	const struct fdr_plan_stop *s = &p->trials.stop;

	for (size_t i = 0; i < p->n_gates; i++) {
		const struct fdr_plan_gate *g = &p->gates[i];

		if (g->milestone)
			check_measured(p, b, g->milestone, g->milestone_at, "gated");
		if ((g->users || g->share || g->loss) && !p->n_workloads)
			fdr_plan_error(b->errors, g->place, "a gate of what users saw needs a "
				       "workload");
		if (g->alarms && !fdr_cond_given(&p->milestones[FDR_DETECTED]))
			fdr_plan_error(b->errors, g->place, "false positives are counted of "
				       "\"detected\", which is not among the milestones");
	}
	if (s->milestone)
		check_measured(p, b, s->milestone, s->milestone_at, "what trials stop by");
	if (s->p > 0 && s->min > p->trials.count)
		fdr_plan_error(b->errors, p->trials.stop_at, "trials.stop.min is more than "
			       "trials.count: it would never stop early");
}
