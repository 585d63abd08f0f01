// SPDX-License-Identifier: GPL-2.0-or-later
/* The plan's gates, judged by the figures of the run. */
#include "result.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static bool is(const struct fdr_result_gate *g, const char *kind)
{
	return !strcmp(g->kind, kind);
}

static const char *text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

int fdr_result_take_gates(struct fdr_result *r, const json_t *gates)
{
	size_t n = json_array_size(gates);

	r->gates = calloc(n + 1, sizeof(*r->gates));
	if (!r->gates)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(gates, i);
		struct fdr_result_gate *g = &r->gates[i];

		if (!*text(o, "kind") || strlen(text(o, "kind")) >= sizeof(g->kind) ||
		    strlen(text(o, "of")) >= sizeof(g->of) ||
		    !json_is_number(json_object_get(o, "limit")))
			return -EBADMSG;
		strcpy(g->kind, text(o, "kind"));
		strcpy(g->of, text(o, "of"));
		g->limit = json_number_value(json_object_get(o, "limit"));
		g->p = json_number_value(json_object_get(o, "p"));
		if (!(g->p >= 0 && g->p < 1))
			return -EBADMSG;
		r->n_gates++;
	}
	return 0;
}

int fdr_result_take_stop(struct fdr_result *r, const json_t *stop)
{
	struct fdr_result_stop *s = &r->stop;
	json_int_t min = json_integer_value(json_object_get(stop, "min"));

	if (!json_is_object(stop))
		return 0;
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		if (!strcmp(fdr_milestone_names[m], text(stop, "milestone")))
			s->milestone = fdr_milestone_names[m];
	s->p = json_number_value(json_object_get(stop, "p"));
	s->within = json_number_value(json_object_get(stop, "within"));
	s->stopped = json_is_true(json_object_get(stop, "stopped"));
	s->min = min > 0 && min <= UINT32_MAX ? (unsigned int)min : 0;
	return s->milestone && s->p > 0 && s->p < 1 && s->within > 0 ? 0 : -EBADMSG;
}

static void judge_quantile(const struct fdr_result *r, const struct fdr_series_set *set,
			   struct fdr_result_gate *g)
{
	char name[48];
	const struct fdr_series *s;
	struct fdr_quantile q = { .known = false };
	int err = 0;

	snprintf(name, sizeof(name), "%s%s", is(g, "users") ? "users." : "", g->of);
	s = fdr_series_find(set, name);
	if (s && r->stop.milestone)
		err = fdr_stats_quantile_stopping(s->v, s->n, g->p, &q);
	else if (s)
		err = fdr_stats_quantile(s->v, s->n, g->p, &q);
	if (err < 0)
		q.known = false;
	g->gate = fdr_stats_gate_quantile(&q, (int64_t)g->limit);
	if (q.known && !q.at_least)
		g->value = (double)q.value_ns;
	if (q.known && q.at_least)
		g->lo = (double)q.value_ns;
	if (q.known && q.has_interval)
		g->lo = (double)q.lo_ns;
	if (q.known && q.has_interval && q.hi_ns != FDR_STATS_UNBOUNDED)
		g->hi = (double)q.hi_ns;
}

/* What was counted in this run is what it is. */
static void judge_number(struct fdr_result_gate *g, double n)
{
	g->value = g->lo = g->hi = n;
	g->gate = fdr_stats_gate(n, n, g->limit);
}

static bool measured(const struct fdr_result *r)
{
	for (size_t i = 0; i < r->n_trials; i++)
		if (r->trials[i].milestones[FDR_ONSET].present &&
		    r->trials[i].verdict != FDR_ABORTED)
			return true;
	return false;
}

/* A trial that was not read back may hide more loss, not less. */
static void judge_loss(struct fdr_result_gate *g, const struct fdr_result *r)
{
	bool records = !strcmp(g->of, "records");
	double hi;

	if (!r->data.lossy.n)
		return;
	g->lo = records ? (double)r->data.lost : 0;
	hi = g->lo;
	for (size_t i = 0; !records && i < r->n_trials; i++) {
		const struct fdr_interval *rpo = &r->trials[i].loss.rpo;

		g->lo = fmax(g->lo, (double)rpo->lo_ns);
		hi = fmax(hi, (double)rpo->hi_ns);
	}
	g->value = records ? g->lo : hi;
	g->gate = fdr_stats_gate(g->lo, r->data.n_unread ? INFINITY : hi, g->limit);
	if (!r->data.n_unread)
		g->hi = hi;
}

static void judge(const struct fdr_result *r, const struct fdr_series_set *set,
		  struct fdr_result_gate *g)
{
	const struct fdr_share *share = &r->users.noticed;

	g->value = g->lo = g->hi = NAN;
	g->gate = FDR_GATE_INCONCLUSIVE;
	if (is(g, "milestone") || is(g, "users")) {
		judge_quantile(r, set, g);
	} else if (is(g, "share") && !strcmp(g->of, "noticed") && share->n) {
		g->value = share->value;
		g->lo = share->lo;
		g->hi = share->hi;
		g->gate = fdr_stats_gate(g->lo, g->hi, g->limit);
	} else if (is(g, "loss")) {
		judge_loss(g, r);
	} else if (is(g, "false_positives") && (measured(r) || r->quiet_ns)) {
		judge_number(g, r->false_positives);
	}
	/* What nothing has measured ("loss" without a ledger) passes no gate. */
}

void fdr_result_judge_gates(struct fdr_result *r)
{
	struct fdr_series_set set = { 0 };
	const struct fdr_series *s;

	/* Out of memory: then nothing is known. */
	if ((r->n_gates || r->stop.milestone) && fdr_result_series(r, &set) < 0)
		set = (struct fdr_series_set){ 0 };
	for (size_t i = 0; i < r->n_gates; i++)
		judge(r, &set, &r->gates[i]);
	s = r->stop.milestone ? fdr_series_find(&set, r->stop.milestone) : NULL;
	r->stop.q = (struct fdr_quantile){ .p = r->stop.p };
	if (s && fdr_stats_quantile_stopping(s->v, s->n, r->stop.p, &r->stop.q) < 0)
		r->stop.q.known = false;
	fdr_series_clear(&set);
}

/* A figure in the gate's unit. */
static void figure(const struct fdr_result_gate *g, double v, char *buf, size_t size)
{
	if (isnan(v))
		snprintf(buf, size, "?");
	else if (is(g, "share"))
		snprintf(buf, size, "%.4g %%", v * 100);
	else if (is(g, "false_positives") || !strcmp(g->of, "records"))
		snprintf(buf, size, "%.0f", v);
	else if (v >= 1e9)
		snprintf(buf, size, "%.4g s", v / 1e9);
	else
		snprintf(buf, size, "%.4g ms", v / 1e6);
}

void fdr_gate_asks(const struct fdr_result_gate *g, char *buf, size_t size)
{
	static const struct {
		const char *kind, *of, *words;
	} words[] = {
		{ "users", "lost_time", "lost time of users" },
		{ "users", "longest_gap", "longest gap of users" },
		{ "users", "undetected", "time undetected" },
		{ "loss", "records", "records lost" }, { "loss", "seconds", "seconds lost" },
		{ "share", "noticed", "trials that users noticed" },
		{ "false_positives", "", "false positives" },
	};
	char limit[40], p[24] = "";
	const char *what = g->of;

	for (size_t i = 0; i < FDR_ARRAY_LEN(words); i++)
		if (is(g, words[i].kind) && !strcmp(g->of, words[i].of))
			what = words[i].words;
	figure(g, g->limit, limit, sizeof(limit));
	if (g->p > 0)
		snprintf(p, sizeof(p), " p%g", g->p * 100);
	snprintf(buf, size, "%s%s at most %s", what, p, limit);
}

void fdr_gate_knows(const struct fdr_result_gate *g, char *buf, size_t size)
{
	char value[40], lo[40], hi[40];

	figure(g, g->value, value, sizeof(value));
	figure(g, g->lo, lo, sizeof(lo));
	figure(g, g->hi, hi, sizeof(hi));
	if (isnan(g->lo) && isnan(g->hi))
		snprintf(buf, size, isnan(g->value) ? "nothing is known" :
			 "%s, and too few trials for an interval", value);
	else if (isnan(g->hi))
		snprintf(buf, size, "%s or more", lo);
	else if (g->lo == g->hi)
		snprintf(buf, size, "%s", value);
	else
		snprintf(buf, size, "%s (%s to %s)", value, lo, hi);
}
