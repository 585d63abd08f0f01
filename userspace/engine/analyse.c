// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "efficiency.h"
#include "engine.h"
#include "facts.h"
#include "judge.h"
#include "ledger-book.h"
#include "raw.h"

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

/* Whom the report names of a condition that did not come to hold. */
static const char *asked(const struct fdr_plan_cond *c)
{
	const struct fdr_plan_cond *leaf = fdr_cond_first(c, false);

	return leaf ? leaf->probe : fdr_cond_first(c, true)->workload;
}

/* suspected, detected, isolated, promoted */
static int find_caused(const struct fdr_facts *f, const struct fdr_raw *raw,
		       const struct fdr_onset *o, int64_t end_ns, struct fdr_found found[],
		       struct fdr_result_trial *t)
{
	for (int m = FDR_SUSPECTED; m <= FDR_PROMOTED; m++) {
		const struct fdr_plan_cond *c = &f->milestones[m];
		int r;

		if (!fdr_cond_given(c))
			continue;
		r = fdr_find_first(raw, c, &o->at, &found[m]);
		if (r < 0)
			return r;
		if (found[m].found)
			put_found(&t->milestones[m], &found[m], o);
		else
			put_censored(&t->milestones[m], watched_until(raw, "observed", o, end_ns),
				     asked(c));
	}
	/* A detector may give its verdict without having suspected before. */
	if (found[FDR_DETECTED].found && (!found[FDR_SUSPECTED].found ||
	    found[FDR_SUSPECTED].at.lo_ns > found[FDR_DETECTED].at.hi_ns))
		t->milestones[FDR_SUSPECTED] = (struct fdr_result_milestone){ .present = false };
	return 0;
}

/* redundant, failed_back */
static int find_restored(const struct fdr_facts *f, const struct fdr_raw *raw,
			 const struct fdr_onset *o, int64_t end_ns,
			 const struct fdr_found found[], struct fdr_result_trial *t)
{
	int64_t from = found[FDR_DETECTED].found ? found[FDR_DETECTED].at.lo_ns : o->at.lo_ns;
	int64_t until = fdr_raw_step(raw, "recovered") ?: INT64_MAX;	/* then ledgers are read */

	for (int m = FDR_REDUNDANT; m <= FDR_FAILED_BACK; m++) {
		const struct fdr_plan_cond *c = &f->milestones[m];
		struct fdr_found x;
		int r;

		if (!fdr_cond_given(c))
			continue;
		r = fdr_find_return(raw, c, &o->at, from, until, &x);
		if (r < 0)
			return r;
		if (x.found)
			put_found(&t->milestones[m], &x, o);
		else
			put_censored(&t->milestones[m], watched_until(raw, "recovered", o, end_ns),
				     asked(c));
	}
	return 0;
}

/* "served" of more than one workload: none of them may fail any more. */
static int find_served(const struct fdr_facts *f, const struct fdr_raw *raw,
		       const struct fdr_onset *o, int64_t end_ns, struct fdr_result_trial *t)
{
	const struct fdr_plan_cond *c = &f->milestones[FDR_SERVED];
	struct fdr_found x;
	int r;

	if (c->op == FDR_COND_LEAF)
		return 0;
	t->milestones[FDR_SERVED] = (struct fdr_result_milestone){ .present = false };
	r = fdr_find_return(raw, c, &o->at, o->at.lo_ns, 0, &x);
	if (r < 0 || !x.left)
		return r;
	if (x.found)
		put_found(&t->milestones[FDR_SERVED], &x, o);
	else
		put_censored(&t->milestones[FDR_SERVED], watched_until(raw, "observed", o, end_ns),
			     f->workload);
	return 0;
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

static int find_users(const struct fdr_facts *f, const struct fdr_raw *raw,
		      const struct fdr_onset *o, int64_t end_ns, struct fdr_result_trial *t)
{
	struct fdr_efficiency_times times;
	struct fdr_interval first;
	struct fdr_suffering s;
	int r;

	if (!f->workload)
		return 0;
	r = fdr_measure_workload(raw, &o->at, end_ns, f->hold_ns, t, &s);
	if (r < 0)
		return r;
	t->workload.undetected_ns = undetected(t, &s, middle(&o->at), end_ns);
	fdr_efficiency_times(raw, f->plan, middle(&o->at), s.served ? middle(&s.served_at) : 0,
			     end_ns, &times);
	fdr_efficiency_measure(raw, f->plan, &times, t);
	if (!s.any)
		return 0;
	first = (struct fdr_interval){ s.first_error_ns, s.first_error_ns };
	put(&t->milestones[FDR_FIRST_ERROR], relative(&first, &o->at), f->workload,
	    s.in_flight ? "under way at the onset" : "");
	if (!fdr_cond_given(&f->milestones[FDR_SERVED]))
		return 0;
	if (s.served)
		put(&t->milestones[FDR_SERVED], relative(&s.served_at, &o->at), f->workload, "");
	else
		put_censored(&t->milestones[FDR_SERVED], watched_until(raw, "observed", o, end_ns),
			     f->workload);
	return 0;
}

/* The controller's wall clock at @mono_ns, by the two that the trial's beginning holds. */
static int64_t real_at(const struct fdr_facts *f, const struct fdr_raw *raw, int64_t mono_ns)
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

static void put_onset(const struct fdr_facts *f, const struct fdr_raw *raw,
		      const struct fdr_onset *o, struct fdr_result_trial *t)
{
	int64_t mid = middle(&o->at);

	t->onset_mono_ns = mid;
	t->onset_real_ns = real_at(f, raw, mid);
	t->clock_bound_ns = (o->at.hi_ns - o->at.lo_ns + 1) / 2;
	put(&t->milestones[FDR_ONSET],
	    (struct fdr_interval){ o->at.lo_ns - mid, o->at.hi_ns - mid }, o->source, o->detail);
}

/* "node1, node2": each once, as far as there is room. */
static void append_word(char *buf, size_t size, const char *word)
{
	size_t n = strlen(buf), len = strlen(word);

	if (!len)
		return;
	for (const char *at = buf; (at = strstr(at, word)); at += len)
		if ((at == buf || at[-1] == ' ') && (!at[len] || at[len] == ','))
			return;
	if (n + len + 2 < size)
		snprintf(buf + n, size - n, "%s%s", n ? ", " : "", word);
}

static int put_victims(const struct fdr_hits *h, struct fdr_result_trial *t)
{
	int64_t mid = middle(&h->first.at);

	t->victims = calloc(h->n + 1, sizeof(*t->victims));
	if (!t->victims)
		return -ENOMEM;
	for (size_t i = 0; i < h->n; i++) {
		const struct fdr_hit *x = &h->v[i];
		struct fdr_result_victim *v = &t->victims[t->n_victims++];

		*v = (struct fdr_result_victim){ .step = x->step, .at_ns = x->at_ns,
			.known = x->onset.known && h->first.known, .has_drift = x->has_drift,
			.drift_ppm = x->drift_ppm, .drift_bound_ppm = x->drift_bound_ppm };
		snprintf(v->node, sizeof(v->node), "%s", x->node);
		snprintf(v->fault, sizeof(v->fault), "%s", x->fault);
		if (v->known)
			v->onset = (struct fdr_interval){ x->onset.at.lo_ns - mid,
							  x->onset.at.hi_ns - mid };
		snprintf(v->source, sizeof(v->source), "%s", x->onset.source);
		snprintf(v->detail, sizeof(v->detail), "%s",
			 v->known ? x->onset.detail : x->onset.why_not);
		append_word(t->node, sizeof(t->node), x->node);
		append_word(t->fault, sizeof(t->fault), x->fault);
	}
	t->has_spread = h->has_spread;
	t->spread = h->spread;
	return 0;
}

static int put_facts(const struct fdr_facts *f, const struct fdr_raw *raw,
		     const struct fdr_hits *h, struct fdr_result_trial *t)
{
	const struct fdr_raw_event *inject = raw->events[FDR_RAW_INJECT];
	const struct fdr_raw_event *exec = raw->events[FDR_RAW_EXEC];
	const struct fdr_raw_event *load = raw->events[FDR_RAW_LOAD];
	int r;

	t->n = raw->trial;
	r = put_victims(h, t);
	fdr_raw_rescues(raw, t);
	/* Nothing was injected, or an older version did not write it down. */
	if (!*t->node && !json_object_get(f->inject, "command"))
		snprintf(t->node, sizeof(t->node), "%s", fdr_raw_text(f->inject, "node"));
	if (!*t->fault)
		snprintf(t->fault, sizeof(t->fault), "%s", json_object_get(f->inject, "command") ?
			 "exec" : fdr_raw_text(f->inject, "fault"));
	if (raw->n_events[FDR_RAW_INJECT] || raw->n_events[FDR_RAW_EXEC])
		t->phase_ns = fdr_raw_num((raw->n_events[FDR_RAW_INJECT] ? inject : exec)->data,
					  "phase_ns");
	t->load1 = raw->n_events[FDR_RAW_LOAD] ?
		   json_number_value(json_object_get(load->data, "load1")) : -1;
	return r;
}

/* A victim of which nothing tells that it was hit, though others were. */
static const struct fdr_hit *unconfirmed(const struct fdr_hits *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (!h->v[i].onset.known)
			return &h->v[i];
	return NULL;
}

/* What the probes and the workload counted of their own lateness. */
static void put_lateness(const struct fdr_facts *f, const struct fdr_raw *raw,
			 struct fdr_result_trial *t)
{
	for (size_t i = 0; i < raw->n_events[FDR_RAW_LATENESS]; i++) {
		const json_t *data = raw->events[FDR_RAW_LATENESS][i].data;
		const char *source = fdr_raw_text(data, "source");
		int64_t max_ns = fdr_raw_num(data, "max_ns");

		if (strcmp(fdr_raw_text(data, "kind"), "probe")) {
			if (f->workload && !strcmp(source, f->workload))
				t->workload.p99_send_late_ns = fdr_raw_num(data, "p99_ns");
			continue;
		}
		t->probes.asked += (uint64_t)fdr_raw_num(data, "asked");
		t->probes.skipped += (uint64_t)fdr_raw_num(data, "skipped");
		if (*t->probes.latest && max_ns <= t->probes.max_late_ns)
			continue;
		t->probes.max_late_ns = max_ns;
		t->probes.p99_late_ns = fdr_raw_num(data, "p99_ns");
		snprintf(t->probes.latest, sizeof(t->probes.latest), "%s", source);
	}
}

/* A probe whose silence proves nothing. */
static const char *blind_probe(const struct fdr_facts *f, const struct fdr_raw *raw,
			       int64_t from_ns)
{
	const char *blind = NULL;

	for (int m = FDR_SUSPECTED; !blind && m < FDR_MILESTONE_COUNT; m++)
		blind = fdr_was_blind(raw, &f->milestones[m], from_ns);
	return blind;
}

static int false_positives(const struct fdr_facts *f, const struct fdr_raw *raw,
			   const struct fdr_onset *o, int64_t end_ns, unsigned int *ret)
{
	int64_t from = fdr_raw_step(raw, "steady");

	*ret = 0;
	return from ? fdr_count_onsets(raw, &f->milestones[FDR_DETECTED], from,
				       o->known ? o->at.lo_ns : end_ns, ret) : 0;
}

/* What users meet while ledgers are read back is the reader's doing. */
static int64_t users_until(const struct fdr_raw *raw, int64_t end_ns)
{
	int64_t reading_ns = fdr_raw_step(raw, "reading");

	return reading_ns ? reading_ns : end_ns;
}

static int find_milestones(const struct fdr_facts *f, const struct fdr_raw *raw,
			   const struct fdr_onset *o, int64_t end_ns, struct fdr_result_trial *t)
{
	struct fdr_found found[FDR_MILESTONE_COUNT] = { 0 };
	int r;

	put_onset(f, raw, o, t);
	r = find_caused(f, raw, o, end_ns, found, t);
	if (r >= 0)
		r = find_restored(f, raw, o, end_ns, found, t);
	if (r >= 0)
		r = find_users(f, raw, o, users_until(raw, end_ns), t);
	return r < 0 ? r : find_served(f, raw, o, end_ns, t);
}

/* What users met while nothing was broken. */
static int users_of_quiet(const struct fdr_facts *f, const struct fdr_raw *raw,
			  struct fdr_result_trial *t)
{
	int64_t from = fdr_raw_step(raw, "steady");
	struct fdr_interval at = { from, from };
	struct fdr_suffering s;

	snprintf(t->fault, sizeof(t->fault), "none");
	*t->node = '\0';
	return f->workload ? fdr_measure_workload(raw, &at, fdr_raw_step(raw, "watched"), f->hold_ns,
						  t, &s) : 0;
}

static int analyse_trial(const struct fdr_facts *f, const struct fdr_raw *raw,
			 struct fdr_result *result, struct fdr_result_trial *t)
{
	int64_t end_ns = fdr_raw_step(raw, "end");
	struct fdr_doubts doubts = { 0 };
	const struct fdr_hit *unseen;
	struct fdr_hits hits;
	struct fdr_onset o;
	int r;

	fdr_hits_find(raw, &hits);
	o = hits.first;
	r = put_facts(f, raw, &hits, t);
	if (r < 0)
		return r;
	if (strcmp(f->outcome, "complete") && !fdr_raw_step(raw, "recovered"))
		doubts.stopped = f->reason;
	if (!end_ns)
		end_ns = f->ended_ns;
	r = false_positives(f, raw, &o, end_ns, &doubts.alarms);
	result->false_positives += doubts.alarms;
	if (r >= 0 && fdr_raw_step(raw, "watched")) {
		doubts.quiet_ns = fdr_raw_step(raw, "watched") - fdr_raw_step(raw, "steady");
		result->quiet_ns += doubts.quiet_ns;
		doubts.blind = blind_probe(f, raw, fdr_raw_step(raw, "steady"));
		r = users_of_quiet(f, raw, t);
	} else if (r >= 0 && o.known) {
		r = find_milestones(f, raw, &o, end_ns, t);
		doubts.blind = blind_probe(f, raw, o.at.lo_ns);
	} else if (!o.known) {
		doubts.no_onset = o.why_not;
	}
	unseen = unconfirmed(&hits);
	if (unseen && o.known) {
		doubts.unseen = unseen->node;
		doubts.unseen_why = unseen->onset.why_not;
	}
	if (r >= 0)
		r = fdr_ledger_book_trial(f->book, f->store, raw->trial, o.known ? &o.at : NULL,
					  &t->loss);
	doubts.unread = t->loss.why_not;
	doubts.agent_lost = fdr_raw_step(raw, "agent-lost");
	put_lateness(f, raw, t);
	if (r >= 0 && o.known)
		r = fdr_raw_graphs(raw, t);
	doubts.send_late_max_ns = f->late_ns ? f->late_ns : FDR_NS_PER_S;
	if (f->max_late_ns && f->max_late_ns < doubts.send_late_max_ns)
		doubts.send_late_max_ns = f->max_late_ns;
	doubts.ask_late_max_ns = f->max_late_ns;
	fdr_judge_trial(t, f->expect, &doubts);
	return r;
}

/* 1: that trial never began. */
static int analyse_nth(struct fdr_store *s, const struct fdr_facts *f, unsigned int n,
		       struct fdr_views *known, struct fdr_result *r)
{
	struct fdr_raw raw;
	int err = fdr_raw_read(s, n, f->workload, &raw);

	if (err >= 0)
		err = fdr_raw_add_flows(s, &raw, f->milestones, FDR_MILESTONE_COUNT, f->hold_ns);
	if (err < 0)
		return err;
	raw.before = known;
	/* Rows from before the first trial tell how things were. */
	if (n && !fdr_raw_step(&raw, "begin"))
		err = 1;
	else if (n)
		err = analyse_trial(f, &raw, r, &r->trials[r->n_trials++]);
	if (!err)
		err = fdr_views_tell_raw(known, &raw);
	fdr_raw_clear(&raw);
	return err;
}

static int analyse_trials(struct fdr_store *s, const struct fdr_facts *f, struct fdr_result *r)
{
	struct fdr_views known = { 0 };
	int err = 0;

	r->trials = calloc(r->n_planned + 1, sizeof(*r->trials));
	if (!r->trials)
		return -ENOMEM;
	for (unsigned int n = 0; !err && n <= r->n_planned; n++)
		err = analyse_nth(s, f, n, &known, r);
	fdr_views_clear(&known);
	return err < 0 ? err : 0;
}

int fdr_analyse(struct fdr_store *store, struct fdr_result **ret, struct fdr_error *e)
{
	struct fdr_result *result FDR_CLEANUP(fdr_result_freep) = calloc(1, sizeof(*result));
	struct fdr_facts f;
	int r;

	if (!result)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = fdr_facts_read(store, &f, e);
	if (r < 0)
		return r;
	r = fdr_facts_tell(store, &f, result);
	if (r >= 0)
		r = analyse_trials(store, &f, result);
	if (r >= 0) {
		fdr_result_summarise(result);
		result->stop.stopped = result->stop.milestone && result->n_trials < result->n_planned &&
				       !strcmp(f.outcome, "complete");
		fdr_result_judge_gates(result);
		fdr_judge_run(result, f.outcome, f.reason);
		*ret = FDR_TAKE_PTR(result);
	} else {
		fdr_err(e, r, "cannot read the run: %s", strerror(-r));
	}
	fdr_facts_clear(&f);
	return r;
}
