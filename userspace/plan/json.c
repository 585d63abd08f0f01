// SPDX-License-Identifier: GPL-2.0-or-later
/* The resolved plan as JSON: for the record, for analysis, and for programs. */
#include "target.h"

#include <string.h>

#include "sections.h"

static int set_text(json_t *o, const char *key, const char *text)
{
	return text ? json_object_set_new(o, key, json_string(text)) : 0;
}

static int set_num(json_t *o, const char *key, uint64_t num)
{
	return json_object_set_new(o, key, json_integer((json_int_t)num));
}

/* Numbers as numbers (times in ns), everything else as text. */
static json_t *opt_json(const struct fdr_opt *o)
{
	switch (o->desc->type) {
	case FDR_OPT_U64:
	case FDR_OPT_TIME:
	case FDR_OPT_PPM:
		return json_integer((json_int_t)o->num);
	case FDR_OPT_BOOL:
		return json_boolean(o->num);
	case FDR_OPT_RATE:
		return json_real((double)o->num / 1000);
	default:
		return json_string(o->text);
	}
}

/* The second of several makes a list of them. */
static void append(json_t *o, const char *name, json_t *value)
{
	json_t *there = json_object_get(o, name);

	if (!json_is_array(there)) {
		there = json_pack("[O]", there);
		json_object_set_new(o, name, there);
	}
	json_array_append_new(there, value);
}

static json_t *opts_json(const struct fdr_opts *o)
{
	json_t *j = json_object();

	for (size_t i = 0; i < o->n; i++) {
		const char *name = o->v[i].desc->name;
		json_t *map;

		if (o->v[i].desc->type == FDR_OPT_TARGETS && json_object_get(j, name)) {
			append(j, name, opt_json(&o->v[i]));
			continue;
		}
		if (!o->v[i].key) {
			json_object_set_new(j, name, opt_json(&o->v[i]));
			continue;
		}
		map = json_object_get(j, name);
		if (!map) {
			map = json_object();
			json_object_set_new(j, name, map);
		}
		json_object_set_new(map, o->v[i].key, json_string(o->v[i].text));
	}
	return j;
}

static json_t *kind_json(const struct fdr_opts *o)
{
	return json_pack("{s:s, s:o}", "kind", o->kind->name, "options", opts_json(o));
}

static json_t *parts_json(const struct fdr_plan_part *v, size_t n)
{
	json_t *j = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(j, v[i].name, kind_json(&v[i].opts));
	return j;
}

static json_t *steady_json(const struct fdr_plan *p)
{
	json_t *conds = json_array();

	for (size_t i = 0; i < p->steady.n; i++)
		json_array_append_new(conds, fdr_cond_to_json(&p->steady.conds[i]));
	return json_pack("{s:o, s:I, s:I}", "conditions", conds,
			 "hold_ns", (json_int_t)p->steady.hold_ns,
			 "deadline_ns", (json_int_t)p->steady.deadline_ns);
}

static json_t *words_json(const struct fdr_plan_words *w)
{
	json_t *j = json_array();

	for (size_t i = 0; i < w->n; i++)
		json_array_append_new(j, json_string(w->v[i].text));
	return j;
}

static json_t *node_json(const struct fdr_plan_node *n)
{
	json_t *j = kind_json(&n->transport), *subjects = json_object();

	if (n->roles.n)
		json_object_set_new(j, "roles", words_json(&n->roles));
	for (size_t i = 0; i < n->n_subjects; i++)
		set_text(subjects, n->subjects[i].key, n->subjects[i].text);
	if (n->n_subjects)
		json_object_set(j, "subjects", subjects);
	if (n->power.kind)
		json_object_set_new(j, "power", kind_json(&n->power));
	json_decref(subjects);
	return j;
}

static json_t *select_json(const struct fdr_plan *p, const struct fdr_plan_step *s)
{
	json_t *j = json_object(), *candidates = json_array();

	set_text(j, "how", fdr_plan_how_names[s->select.how]);
	set_text(j, "role", s->select.role);
	set_text(j, "group", s->select.group);
	set_text(j, "probe", s->select.probe);
	set_text(j, "state", s->select.state);
	for (size_t i = 0; i < p->n_nodes; i++)
		if (fdr_step_may_hit(p, s, i))
			json_array_append_new(candidates, json_string(p->nodes[i].name));
	json_object_set_new(j, "candidates", candidates);
	return j;
}

static json_t *step_json(const struct fdr_plan *p, const struct fdr_plan_step *s)
{
	json_t *j = json_object();

	set_num(j, "at_ns", s->at_ns);
	if (s->command) {
		set_text(j, "command", s->command);
		set_text(j, "undo", s->undo);
		return j;
	}
	set_text(j, "node", s->node);
	if (s->select.given)
		json_object_set_new(j, "select", select_json(p, s));
	set_text(j, "fault", s->fault.kind->name);
	json_object_set_new(j, "params", opts_json(&s->fault));
	set_num(j, "flags", s->fault_flags);
	set_num(j, "duration_ns", s->duration_ns);
	set_num(j, "lease_ns", s->lease_ns);
	json_object_set_new(j, "force", json_boolean(s->force));
	return j;
}

/* A plan of one step reads as it always has; "steps" holds all of them in any case. */
static json_t *inject_json(const struct fdr_plan *p)
{
	const struct fdr_plan_inject *in = &p->inject;
	json_t *j = in->n_steps == 1 ? step_json(p, in->steps) : json_object();
	json_t *steps = json_array();

	for (size_t i = 0; i < in->n_steps; i++)
		json_array_append_new(steps, step_json(p, &in->steps[i]));
	json_object_set_new(j, "steps", steps);
	if (in->start_real_ns)
		json_object_set_new(j, "start_real_ns", json_integer(in->start_real_ns));
	return j;
}

static json_t *conds_json(const struct fdr_plan_conds *c)
{
	json_t *j = json_array();

	for (size_t i = 0; i < c->n; i++)
		json_array_append_new(j, fdr_cond_to_json(&c->v[i]));
	return j;
}

static json_t *limits_json(const struct fdr_plan *p, json_t *j)
{
	json_t *min = json_object(), *windows = json_array();

	set_num(j, "max_nodes", p->safety.max_nodes);
	set_num(j, "lease_ns", p->safety.lease_ns);
	for (size_t i = 0; i < p->safety.n_min_healthy; i++)
		set_num(min, p->safety.min_healthy[i].role, p->safety.min_healthy[i].n);
	for (size_t i = 0; i < p->safety.n_windows; i++)
		json_array_append_new(windows, json_string(p->safety.windows[i].text));
	json_object_set_new(j, "min_healthy", min);
	json_object_set_new(j, "never", words_json(&p->safety.never));
	json_object_set_new(j, "windows", windows);
	json_object_set_new(j, "stop_on", conds_json(&p->safety.stop_on));
	json_object_set_new(j, "require", conds_json(&p->safety.require));
	return j;
}

static json_t *trials_json(const struct fdr_plan *p)
{
	const struct fdr_plan_stop *stop = &p->trials.stop;
	json_t *j = json_object();

	set_num(j, "count", p->trials.count);
	set_num(j, "phase_ns", p->trials.phase_ns);
	set_text(j, "draw", p->trials.draw);
	set_num(j, "seed", p->trials.seed);
	set_num(j, "observe_ns", p->trials.observe_ns);
	set_num(j, "recover_ns", p->trials.recover_ns);
	set_num(j, "cooldown_ns", p->trials.cooldown_ns);
	if (p->trials.rescue_ns)
		set_num(j, "rescue_ns", p->trials.rescue_ns);
	if (p->trials.watch_ns)
		set_num(j, "watch_ns", p->trials.watch_ns);
	set_num(j, "served_hold_ns", p->trials.served_hold_ns);
	set_num(j, "max_late_ns", p->trials.max_late_ns);
	if (stop->p > 0)
		json_object_set_new(j, "stop", json_pack("{s:s, s:f, s:f, s:I}",
				    "milestone", stop->milestone, "p", stop->p,
				    "within", (double)stop->within_ppm / 1e6,
				    "min", (json_int_t)stop->min));
	return j;
}

/* As a result holds it: what it is of, and its limit in ns, as a share, or as a number. */
static json_t *gate_json(const struct fdr_plan_gate *g)
{
	static const char *const kinds[] = {
		[FDR_GATE_OF_MILESTONE] = "milestone", [FDR_GATE_OF_USERS] = "users",
		[FDR_GATE_OF_LOSS] = "loss", [FDR_GATE_OF_ALARMS] = "false_positives",
		[FDR_GATE_OF_SHARE] = "share",
	};
	const char *of = g->milestone ? g->milestone : g->users ? g->users : g->loss ? g->loss :
			 g->share ? g->share : "";
	json_t *j = json_pack("{s:s, s:s, s:f}", "kind", kinds[g->kind], "of", of, "limit",
			      g->limit);

	if (g->p > 0)
		json_object_set_new(j, "p", json_real(g->p));
	return j;
}

static json_t *safety_json(const struct fdr_plan *p)
{
	json_t *j = json_pack("{s:b, s:b, s:b, s:I}", "allow_fatal", p->safety.allow_fatal,
			      "allow_irreversible", p->safety.allow_irreversible,
			      "allow_power", p->safety.allow_power,
			      "max_clock_bound_ns", (json_int_t)p->safety.max_clock_bound_ns);

	set_text(j, "beacon", p->safety.beacon);
	set_text(j, "module", p->safety.module);
	return limits_json(p, j);
}

json_t *fdr_plan_to_json(const struct fdr_plan *p)
{
	json_t *j = json_object(), *nodes = json_object(), *groups = json_object();
	json_t *milestones = json_object(), *expect = json_object(), *gates = json_array();

	for (size_t i = 0; i < p->n_nodes; i++)
		json_object_set_new(nodes, p->nodes[i].name, node_json(&p->nodes[i]));
	for (size_t i = 0; i < FDR_MILESTONE_COUNT; i++) {
		const struct fdr_plan_expect *x = &p->expect[i];

		if (fdr_cond_given(&p->milestones[i]))
			json_object_set_new(milestones, fdr_milestone_names[i],
					    fdr_cond_to_json(&p->milestones[i]));
		if (x->given)
			json_object_set_new(expect, fdr_milestone_names[i],
					    json_pack("[I,I]", (json_int_t)x->lo_ns,
						      (json_int_t)x->hi_ns));
	}
	for (size_t i = 0; i < p->n_gates; i++)
		json_array_append_new(gates, gate_json(&p->gates[i]));
	set_text(j, "apiVersion", p->api_version);
	set_text(j, "name", p->name);
	set_text(j, "description", p->description);
	for (size_t i = 0; i < p->n_groups; i++)
		json_object_set_new(groups, p->groups[i].name, words_json(&p->groups[i].nodes));
	json_object_set_new(j, "nodes", nodes);
	json_object_set_new(j, "groups", groups);
	json_object_set_new(j, "probes", parts_json(p->probes, p->n_probes));
	json_object_set_new(j, "workloads", parts_json(p->workloads, p->n_workloads));
	json_object_set_new(j, "steady_state", steady_json(p));
	json_object_set_new(j, "inject", inject_json(p));
	json_object_set_new(j, "milestones", milestones);
	json_object_set_new(j, "expect", expect);
	json_object_set_new(j, "gates", gates);
	if (p->n_predicts)
		json_object_set_new(j, "predict", parts_json(p->predicts, p->n_predicts));
	if (p->n_files)
		json_object_set_new(j, "evidence", fdr_plan_files_json(p));
	json_object_set_new(j, "trials", trials_json(p));
	if (p->n_graphs)
		json_object_set_new(j, "graphs", fdr_graphs_json(p));
	if (p->usage.n)
		json_object_set_new(j, "usage", fdr_usage_json(p));
	json_object_set_new(j, "safety", safety_json(p));
	return j;
}
