// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "engine.h"
#include "judge.h"
#include "raw.h"

/* What of the plan and the run is needed; the JSON owns the texts. */
struct run_facts {
	json_t *plan;
	const json_t *inject, *expect;
	const char *workload;		/* the one that users are; NULL = none */
	int64_t late_ns;		/* its lateness bound; 0 = not known */
	int64_t observe_ns, hold_ns;
	int64_t started_ns, started_real_ns, ended_ns, ended_real_ns;
	const char *outcome, *reason;
};

static const char *meta(struct fdr_store *s, const char *key)
{
	const char *v = fdr_store_meta(s, key);

	return v ? v : "";
}

static int64_t meta_num(struct fdr_store *s, const char *key)
{
	return strtoll(meta(s, key), NULL, 10);
}

/* "served" says whose requests count; else the first workload. */
static void choose_workload(struct run_facts *f)
{
	json_t *all = json_object_get(f->plan, "workloads");
	struct fdr_cond served;

	if (fdr_cond_read(f->plan, FDR_SERVED, &served) && served.workload)
		f->workload = served.workload;
	else
		f->workload = json_object_iter_key(json_object_iter(all));
	if (f->workload)
		f->late_ns = fdr_raw_num(json_object_get(json_object_get(all, f->workload),
							 "options"), "late");
}

static int read_facts(struct fdr_store *s, struct run_facts *f, struct fdr_error *e)
{
	const char *text = fdr_store_meta(s, "plan_json");
	const json_t *trials;

	*f = (struct run_facts){ .plan = text ? json_loads(text, 0, NULL) : NULL };
	if (!json_is_object(f->plan)) {
		json_decref(f->plan);
		return fdr_err(e, -EBADMSG, "the run does not hold its plan: it was cut short before "
			       "it began, or is no run");
	}
	trials = json_object_get(f->plan, "trials");
	f->inject = json_object_get(f->plan, "inject");
	f->expect = json_object_get(f->plan, "expect");
	f->observe_ns = fdr_raw_num(trials, "observe_ns");
	f->hold_ns = fdr_raw_num(trials, "served_hold_ns");
	f->started_ns = meta_num(s, "started_ns");
	f->started_real_ns = meta_num(s, "started_real_ns");
	f->ended_ns = meta_num(s, "ended_ns");
	f->ended_real_ns = meta_num(s, "ended_real_ns");
	f->outcome = meta(s, "outcome");
	f->reason = meta(s, "reason");
	/* No outcome: the controller itself died. */
	if (!*f->outcome) {
		f->outcome = "aborted";
		f->reason = "the controller ended without saying why; 'faultdrill run --resume "
			    "--out DIR' goes on";
	}
	choose_workload(f);
	return 0;
}

static struct fdr_interval relative(const struct fdr_interval *at,
				    const struct fdr_interval *onset)
{
	struct fdr_interval r = { at->lo_ns - onset->hi_ns, at->hi_ns - onset->lo_ns };

	/* No effect comes before its cause. */
	if (r.lo_ns < 0)
		r.lo_ns = 0;
	if (r.hi_ns < 0)
		r.hi_ns = 0;
	return r;
}

static void put(struct fdr_result_milestone *m, struct fdr_interval when, const char *source,
		const char *detail)
{
	*m = (struct fdr_result_milestone){ .present = true, .when = when };
	snprintf(m->source, sizeof(m->source), "%s", source);
	snprintf(m->detail, sizeof(m->detail), "%s", detail);
}

static void put_censored(struct fdr_result_milestone *m, int64_t after_ns, const char *source)
{
	*m = (struct fdr_result_milestone){ .present = true, .censored = true,
					    .when = { after_ns, after_ns } };
	snprintf(m->source, sizeof(m->source), "%s", source);
}

/* Until when the trial was watched, relative to the onset. */
static int64_t watched_until(const struct fdr_raw *raw, const char *step,
			     const struct fdr_onset *o, int64_t end_ns)
{
	int64_t at = fdr_raw_step(raw, step);

	return (at ? at : end_ns) - o->at.hi_ns;
}

static void put_found(struct fdr_result_milestone *m, const struct fdr_found *x,
		      const struct fdr_onset *o)
{
	char source[64];

	snprintf(source, sizeof(source), "%.48s, %s", x->obs->source,
		 x->obs->pushed ? "pushed" : "polled");
	put(m, relative(&x->at, &o->at), source, x->obs->detail);
}

/* suspected, detected, isolated, promoted */
static void find_caused(const struct run_facts *f, const struct fdr_raw *raw,
			const struct fdr_onset *o, int64_t end_ns, struct fdr_found found[],
			struct fdr_result_trial *t)
{
	struct fdr_cond c;

	for (int i = FDR_SUSPECTED; i <= FDR_PROMOTED; i++) {
		enum fdr_milestone m = (enum fdr_milestone)i;

		if (!fdr_cond_read(f->plan, m, &c) || !c.probe)
			continue;
		fdr_find_first(raw, &c, &o->at, &found[m]);
		if (found[m].found)
			put_found(&t->milestones[m], &found[m], o);
		else
			put_censored(&t->milestones[m], watched_until(raw, "observed", o, end_ns),
				     c.probe);
	}
	/* A detector may give its verdict without having suspected before. */
	if (found[FDR_DETECTED].found && (!found[FDR_SUSPECTED].found ||
	    found[FDR_SUSPECTED].at.lo_ns > found[FDR_DETECTED].at.hi_ns))
		t->milestones[FDR_SUSPECTED] = (struct fdr_result_milestone){ .present = false };
}

/* redundant, failed_back */
static void find_restored(const struct run_facts *f, const struct fdr_raw *raw,
			  const struct fdr_onset *o, int64_t end_ns,
			  const struct fdr_found found[], struct fdr_result_trial *t)
{
	int64_t from = found[FDR_DETECTED].found ? found[FDR_DETECTED].at.lo_ns : o->at.lo_ns;
	struct fdr_found x;
	struct fdr_cond c;

	for (int i = FDR_REDUNDANT; i <= FDR_FAILED_BACK; i++) {
		enum fdr_milestone m = (enum fdr_milestone)i;

		if (!fdr_cond_read(f->plan, m, &c) || !c.probe)
			continue;
		fdr_find_return(raw, &c, &o->at, from, &x);
		if (x.found)
			put_found(&t->milestones[m], &x, o);
		else
			put_censored(&t->milestones[m], watched_until(raw, "recovered", o, end_ns),
				     c.probe);
	}
}

static int64_t middle(const struct fdr_interval *i)
{
	return i->lo_ns + (i->hi_ns - i->lo_ns) / 2;
}

/* Users suffered from the first error on; from the verdict on somebody knew. */
static int64_t undetected(const struct fdr_result_trial *t, const struct fdr_suffering *s,
			  int64_t onset_ns, int64_t end_ns)
{
	const struct fdr_result_milestone *d = &t->milestones[FDR_DETECTED];
	int64_t from = s->first_error_ns > onset_ns ? s->first_error_ns - onset_ns : 0;
	int64_t to = (s->served ? middle(&s->served_at) : end_ns) - onset_ns;

	if (!s->any)
		return 0;
	if (d->present && !d->censored && middle(&d->when) < to)
		to = middle(&d->when);
	return to > from ? to - from : 0;
}

static int find_users(const struct run_facts *f, const struct fdr_raw *raw,
		      const struct fdr_onset *o, int64_t end_ns, struct fdr_result_trial *t)
{
	struct fdr_interval first;
	struct fdr_suffering s;
	struct fdr_cond served;
	int r;

	if (!f->workload)
		return 0;
	r = fdr_measure_workload(raw, &o->at, end_ns, f->hold_ns, t, &s);
	if (r < 0)
		return r;
	t->workload.undetected_ns = undetected(t, &s, middle(&o->at), end_ns);
	if (!s.any)
		return 0;
	first = (struct fdr_interval){ s.first_error_ns, s.first_error_ns };
	put(&t->milestones[FDR_FIRST_ERROR], relative(&first, &o->at), f->workload,
	    s.in_flight ? "under way at the onset" : "");
	if (!fdr_cond_read(f->plan, FDR_SERVED, &served))
		return 0;
	if (s.served)
		put(&t->milestones[FDR_SERVED], relative(&s.served_at, &o->at), f->workload, "");
	else
		put_censored(&t->milestones[FDR_SERVED], watched_until(raw, "observed", o, end_ns),
			     f->workload);
	return 0;
}

/* The controller's wall clock at @mono_ns, by the two that the trial's beginning holds. */
static int64_t real_at(const struct run_facts *f, const struct fdr_raw *raw, int64_t mono_ns)
{
	int64_t mono = f->started_ns, real = f->started_real_ns;

	if (raw->n_events[FDR_RAW_PHASE]) {
		const struct fdr_raw_event *ev = &raw->events[FDR_RAW_PHASE][0];

		if (fdr_raw_num(ev->data, "realtime_ns")) {
			mono = ev->at_ns;
			real = fdr_raw_num(ev->data, "realtime_ns");
		}
	}
	return real + (mono_ns - mono);
}

static void put_onset(const struct run_facts *f, const struct fdr_raw *raw,
		      const struct fdr_onset *o, struct fdr_result_trial *t)
{
	int64_t mid = middle(&o->at);

	t->onset_mono_ns = mid;
	t->onset_real_ns = real_at(f, raw, mid);
	t->clock_bound_ns = (o->at.hi_ns - o->at.lo_ns + 1) / 2;
	put(&t->milestones[FDR_ONSET],
	    (struct fdr_interval){ o->at.lo_ns - mid, o->at.hi_ns - mid }, o->source, o->detail);
}

static void put_facts(const struct run_facts *f, const struct fdr_raw *raw,
		      struct fdr_result_trial *t)
{
	const struct fdr_raw_event *inject = raw->events[FDR_RAW_INJECT];
	const struct fdr_raw_event *exec = raw->events[FDR_RAW_EXEC];
	const struct fdr_raw_event *load = raw->events[FDR_RAW_LOAD];

	t->n = raw->trial;
	if (json_object_get(f->inject, "command")) {
		snprintf(t->fault, sizeof(t->fault), "exec");
	} else {
		snprintf(t->node, sizeof(t->node), "%s", fdr_raw_text(f->inject, "node"));
		snprintf(t->fault, sizeof(t->fault), "%s", fdr_raw_text(f->inject, "fault"));
	}
	if (raw->n_events[FDR_RAW_INJECT] || raw->n_events[FDR_RAW_EXEC])
		t->phase_ns = fdr_raw_num((raw->n_events[FDR_RAW_INJECT] ? inject : exec)->data,
					  "phase_ns");
	t->load1 = raw->n_events[FDR_RAW_LOAD] ?
		   json_number_value(json_object_get(load->data, "load1")) : -1;
}

/* A probe whose silence proves nothing. */
static const char *blind_probe(const struct run_facts *f, const struct fdr_raw *raw,
			       const struct fdr_onset *o)
{
	struct fdr_cond c;

	for (int m = FDR_SUSPECTED; m < FDR_MILESTONE_COUNT; m++)
		if (fdr_cond_read(f->plan, (enum fdr_milestone)m, &c) &&
		    fdr_was_blind(raw, &c, o->at.lo_ns))
			return c.probe;
	return NULL;
}

static unsigned int false_positives(const struct run_facts *f, const struct fdr_raw *raw,
				    const struct fdr_onset *o, int64_t end_ns)
{
	int64_t from = fdr_raw_step(raw, "steady");
	struct fdr_cond c;

	if (!from || !fdr_cond_read(f->plan, FDR_DETECTED, &c))
		return 0;
	return fdr_count_onsets(raw, &c, from, o->known ? o->at.lo_ns : end_ns);
}

static int analyse_trial(const struct run_facts *f, const struct fdr_raw *raw,
			 struct fdr_result *result, struct fdr_result_trial *t)
{
	int64_t end_ns = fdr_raw_step(raw, "end");
	struct fdr_found found[FDR_MILESTONE_COUNT] = { 0 };
	struct fdr_doubts doubts = { 0 };
	struct fdr_onset o;
	int r = 0;

	fdr_onset_find(raw, &o);
	put_facts(f, raw, t);
	if (strcmp(f->outcome, "complete") && !fdr_raw_step(raw, "recovered"))
		doubts.stopped = f->reason;
	if (!end_ns)
		end_ns = f->ended_ns;
	result->false_positives += false_positives(f, raw, &o, end_ns);
	if (o.known) {
		put_onset(f, raw, &o, t);
		find_caused(f, raw, &o, end_ns, found, t);
		find_restored(f, raw, &o, end_ns, found, t);
		r = find_users(f, raw, &o, end_ns, t);
		doubts.blind = blind_probe(f, raw, &o);
	} else {
		doubts.no_onset = o.why_not;
	}
	doubts.agent_lost = fdr_raw_step(raw, "agent-lost");
	doubts.send_late_max_ns = f->late_ns ? f->late_ns : FDR_NS_PER_S;
	fdr_judge_trial(t, f->expect, &doubts);
	return r;
}

static json_t *expected_json(const json_t *expect)
{
	json_t *out = json_object();
	const char *name;
	json_t *range;

	json_object_foreach((json_t *)expect, name, range)
		json_object_set_new(out, name,
				    json_pack("{s:O, s:O, s:s}", "lo_ns", json_array_get(range, 0),
					      "hi_ns", json_array_get(range, 1), "why",
					      "stated by the plan"));
	return out;
}

static char *copy(const char *s)
{
	return strdup(s ? s : "");
}

static int put_run(struct fdr_store *s, const struct run_facts *f, struct fdr_result *r)
{
	r->name = copy(fdr_raw_text(f->plan, "name"));
	r->description = copy(fdr_raw_text(f->plan, "description"));
	r->version = copy(meta(s, "version"));
	r->plan_path = copy(meta(s, "plan_path"));
	r->plan_sha256 = copy(meta(s, "plan_sha256"));
	r->plan_text = copy(meta(s, "plan"));
	r->seed = strtoull(meta(s, "seed"), NULL, 10);
	r->started_real_ns = f->started_real_ns;
	/* A run that was resumed may have begun on another boot's monotonic clock. */
	r->elapsed_ns = !f->ended_ns ? 0 : f->ended_ns > f->started_ns ?
			f->ended_ns - f->started_ns : f->ended_real_ns - f->started_real_ns;
	r->nodes = json_loads(meta(s, "nodes"), 0, NULL);
	if (!r->nodes)
		r->nodes = json_object();
	if (json_object_size(f->expect))
		r->expected = expected_json(f->expect);
	r->n_planned = (unsigned int)fdr_raw_num(json_object_get(f->plan, "trials"), "count");
	return r->name && r->description && r->version && r->plan_path && r->plan_sha256 &&
	       r->plan_text && r->nodes ? 0 : -ENOMEM;
}

static int analyse_trials(struct fdr_store *s, const struct run_facts *f, struct fdr_result *r)
{
	r->trials = calloc(r->n_planned + 1, sizeof(*r->trials));
	if (!r->trials)
		return -ENOMEM;
	for (unsigned int n = 1; n <= r->n_planned; n++) {
		struct fdr_raw raw;
		int err;

		err = fdr_raw_read(s, n, f->workload, &raw);
		if (err < 0)
			return err;
		/* It never began. */
		if (!fdr_raw_step(&raw, "begin")) {
			fdr_raw_clear(&raw);
			break;
		}
		err = analyse_trial(f, &raw, r, &r->trials[r->n_trials]);
		r->n_trials++;
		fdr_raw_clear(&raw);
		if (err < 0)
			return err;
	}
	return 0;
}

int fdr_analyse(struct fdr_store *store, struct fdr_result **ret, struct fdr_error *e)
{
	struct fdr_result *result FDR_CLEANUP(fdr_result_freep) = calloc(1, sizeof(*result));
	struct run_facts f;
	int r;

	if (!result)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = read_facts(store, &f, e);
	if (r < 0)
		return r;
	r = put_run(store, &f, result);
	if (r >= 0)
		r = analyse_trials(store, &f, result);
	if (r >= 0) {
		fdr_judge_run(result, f.outcome, f.reason);
		fdr_result_summarise(result);
		*ret = FDR_TAKE_PTR(result);
	} else {
		fdr_err(e, r, "cannot read the run: %s", strerror(-r));
	}
	json_decref(f.plan);
	return r;
}
