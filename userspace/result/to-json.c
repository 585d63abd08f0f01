// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <string.h>

#include "describe-json.h"
#include "loss.h"
#include "result-json.h"
#include "result.h"

/* Sets a member, or drops @value where @o could not be made. */
static void put(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, value ? value : json_null());
}

/* Text from outside may not be UTF-8: what is not becomes '?'. */
static json_t *text(const char *s)
{
	json_t *j;
	char *copy;

	if (!s)
		return json_null();
	j = json_string(s);
	if (j)
		return j;
	copy = strdup(s);
	for (char *c = copy; copy && *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	j = copy ? json_string(copy) : NULL;
	free(copy);
	return j;
}

static json_t *milestone(const struct fdr_result_milestone *m)
{
	json_t *o;

	if (!m->present)
		return json_null();
	o = json_object();
	put(o, "lo_ns", json_integer(m->when.lo_ns));
	put(o, "hi_ns", m->censored ? json_null() : json_integer(m->when.hi_ns));
	put(o, "source", text(m->source));
	put(o, "detail", text(m->detail));
	put(o, "censored", json_boolean(m->censored));
	return o;
}

static json_t *workload(const struct fdr_result_trial *t)
{
	json_t *o = json_object();

	put(o, "requests", json_integer((json_int_t)t->workload.requests));
	put(o, "ok", json_integer((json_int_t)t->workload.ok));
	put(o, "late", json_integer((json_int_t)t->workload.late));
	put(o, "errors", json_integer((json_int_t)t->workload.errors));
	put(o, "timeouts", json_integer((json_int_t)t->workload.timeouts));
	put(o, "outage_ns", json_integer(t->workload.outage_ns));
	put(o, "longest_gap_ns", json_integer(t->workload.longest_gap_ns));
	put(o, "gaps", json_integer(t->workload.gaps));
	put(o, "undetected_ns", json_integer(t->workload.undetected_ns));
	put(o, "max_send_late_ns", json_integer(t->workload.max_send_late_ns));
	put(o, "p99_send_late_ns", json_integer(t->workload.p99_send_late_ns));
	return o;
}

static json_t *probes(const struct fdr_result_trial *t)
{
	json_t *o = json_object();

	put(o, "asked", json_integer((json_int_t)t->probes.asked));
	put(o, "skipped", json_integer((json_int_t)t->probes.skipped));
	put(o, "max_late_ns", json_integer(t->probes.max_late_ns));
	put(o, "p99_late_ns", json_integer(t->probes.p99_late_ns));
	put(o, "latest", text(t->probes.latest));
	return o;
}

static json_t *victim(const struct fdr_result_victim *v)
{
	json_t *o = json_object(), *onset = json_null(), *drift = json_null();

	if (v->known)
		onset = json_pack("{s:I, s:I}", "lo_ns", (json_int_t)v->onset.lo_ns, "hi_ns",
				  (json_int_t)v->onset.hi_ns);
	if (v->has_drift)
		drift = json_pack("{s:f, s:f}", "ppm", v->drift_ppm, "bound_ppm",
				  v->drift_bound_ppm);
	put(o, "node", text(v->node));
	put(o, "fault", text(v->fault));
	put(o, "step", json_integer(v->step));
	put(o, "at_ns", json_integer(v->at_ns));
	put(o, "onset", onset);
	put(o, "source", text(v->source));
	put(o, "detail", text(v->detail));
	put(o, "drift", drift);
	if (*v->rescue)
		put(o, "rescue", text(v->rescue));
	return o;
}

static json_t *victims(const struct fdr_result_trial *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->n_victims; i++)
		json_array_append_new(list, victim(&t->victims[i]));
	return list;
}

static json_t *trial(const struct fdr_result_trial *t)
{
	json_t *o = json_object(), *ms = json_object();

	put(o, "n", json_integer(t->n));
	put(o, "verdict", text(fdr_verdict_names[t->verdict]));
	put(o, "reason", text(t->reason));
	put(o, "node", text(t->node));
	put(o, "fault", text(t->fault));
	put(o, "phase_ns", json_integer(t->phase_ns));
	put(o, "onset_mono_ns", json_integer(t->onset_mono_ns));
	put(o, "onset_real_ns", json_integer(t->onset_real_ns));
	put(o, "clock_bound_ns", json_integer(t->clock_bound_ns));
	for (size_t i = 0; i < FDR_MILESTONES_MAX; i++)
		put(ms, fdr_milestone_names[i], milestone(&t->milestones[i]));
	put(o, "milestones", ms);
	put(o, "workload", workload(t));
	put(o, "usage", fdr_usage_to_json(&t->usage));
	put(o, "probes", probes(t));
	put(o, "victims", victims(t));
	put(o, "onset_spread", !t->has_spread ? json_null() :
	    json_pack("{s:I, s:I}", "lo_ns", (json_int_t)t->spread.lo_ns, "hi_ns",
		      (json_int_t)t->spread.hi_ns));
	put(o, "loss", fdr_loss_to_json(&t->loss));
	if (t->graphs)
		put(o, "graphs", json_incref(t->graphs));
	put(o, "load1", json_real(t->load1));
	return o;
}

static json_t *users(const struct fdr_result_users *u)
{
	json_t *o = json_object();

	put(o, "noticed", fdr_share_json(&u->noticed));
	put(o, "lost_time", fdr_description_json(&u->lost_time));
	put(o, "longest_gap", fdr_description_json(&u->longest_gap));
	put(o, "undetected", fdr_description_json(&u->undetected));
	put(o, "gaps", json_integer((json_int_t)u->gaps));
	put(o, "most_gaps", json_integer(u->most_gaps));
	return o;
}

static json_t *figure(double v)
{
	return isnan(v) ? json_null() : json_real(v);
}

static json_t *gate(const struct fdr_result_gate *g)
{
	bool number = !strcmp(g->kind, "false_positives") || !strcmp(g->of, "records");
	json_t *o = json_object();

	put(o, "kind", text(g->kind));
	put(o, "of", text(g->of));
	put(o, "p", g->p > 0 ? json_real(g->p) : json_null());
	put(o, "unit", text(number ? "number" : strcmp(g->kind, "share") ? "ns" : "share"));
	put(o, "limit", json_real(g->limit));
	put(o, "value", figure(g->value));
	put(o, "lo", figure(g->lo));
	put(o, "hi", figure(g->hi));
	put(o, "gate", text(fdr_gate_names[g->gate]));
	return o;
}

static json_t *stop(const struct fdr_result_stop *s)
{
	json_t *o;

	if (!s->milestone)
		return json_null();
	o = json_object();
	put(o, "milestone", text(s->milestone));
	put(o, "p", json_real(s->p));
	put(o, "within", json_real(s->within));
	put(o, "min", json_integer(s->min));
	put(o, "stopped", json_boolean(s->stopped));
	put(o, "quantile", fdr_quantile_json(&s->q));
	return o;
}

json_t *fdr_result_to_json(const struct fdr_result *r)
{
	json_t *o = json_object(), *trials = json_array(), *sums = json_object();
	json_t *gates = json_array();
	char seed[24];

	put(o, "format", text(FDR_RESULT_FORMAT));
	put(o, "version", text(r->version));
	put(o, "name", text(r->name));
	put(o, "description", text(r->description));
	put(o, "plan_path", text(r->plan_path));
	put(o, "plan_sha256", text(r->plan_sha256));
	put(o, "plan_text", text(r->plan_text));
	/* All 64 bits are used, so as text. */
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)r->seed);
	put(o, "seed", text(seed));
	put(o, "started_real_ns", json_integer(r->started_real_ns));
	put(o, "elapsed_ns", json_integer(r->elapsed_ns));
	put(o, "verdict", text(fdr_verdict_names[r->verdict]));
	put(o, "reason", text(r->reason));
	put(o, "false_positives", json_integer(r->false_positives));
	put(o, "quiet_ns", json_integer(r->quiet_ns));
	put(o, "nodes", r->nodes ? json_incref(r->nodes) : json_object());
	put(o, "expected", r->expected ? json_incref(r->expected) : json_null());
	put(o, "usage_of", text(r->usage_of));
	put(o, "predictions", r->predictions ? json_incref(r->predictions) : json_null());
	put(o, "canaries", r->canaries ? json_incref(r->canaries) : json_null());
	put(o, "n_planned", r->n_planned ? json_integer(r->n_planned) : json_null());
	put(o, "draw", *r->draw ? text(r->draw) : json_null());
	put(o, "stop", stop(&r->stop));
	for (size_t i = 0; i < r->n_gates; i++)
		json_array_append_new(gates, gate(&r->gates[i]));
	put(o, "gates", gates);
	for (size_t i = 0; i < r->n_trials; i++)
		json_array_append_new(trials, trial(&r->trials[i]));
	put(o, "trials", trials);
	/* Times count from onset, so onset itself has no distribution. */
	for (size_t i = FDR_ONSET + 1; i < FDR_MILESTONES_MAX; i++)
		put(sums, fdr_milestone_names[i], fdr_description_json(&r->summary[i]));
	put(o, "summary", sums);
	put(o, "users", users(&r->users));
	put(o, "data", fdr_data_to_json(&r->data));
	return o;
}
