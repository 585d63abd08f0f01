// SPDX-License-Identifier: GPL-2.0-or-later
/* What the store tells of a run as a whole. */
#include "facts.h"

#include <errno.h>
#include <string.h>

#include "efficiency.h"
#include "expected.h"

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
static void choose_workload(struct fdr_facts *f)
{
	json_t *all = json_object_get(f->plan, "workloads");
	const struct fdr_plan_cond *served = fdr_cond_first(&f->milestones[FDR_SERVED], true);

	if (served)
		f->workload = served->workload;
	else
		f->workload = json_object_iter_key(json_object_iter(all));
	if (f->workload)
		f->late_ns = fdr_raw_num(json_object_get(json_object_get(all, f->workload),
							 "options"), "late");
}

void fdr_facts_clear(struct fdr_facts *f)
{
	for (int m = 0; m < FDR_MILESTONE_COUNT; m++)
		fdr_cond_clear(&f->milestones[m]);
	fdr_ledger_book_free(f->book);
	json_decref(f->plan);
	json_decref(f->predictions);
	json_decref(f->expect);
}

static int read_milestones(struct fdr_facts *f)
{
	const json_t *all = json_object_get(f->plan, "milestones");
	int r = 0;

	for (int m = 0; r >= 0 && m < FDR_MILESTONE_COUNT; m++)
		r = fdr_cond_from_json(json_object_get(all, fdr_milestone_names[m]),
				       &f->milestones[m]);
	return r;
}

int fdr_facts_read(struct fdr_store *s, struct fdr_facts *f, struct fdr_error *e)
{
	const char *text = fdr_store_meta(s, "plan_json");
	const json_t *trials;
	int r;

	*f = (struct fdr_facts){ .plan = text ? json_loads(text, 0, NULL) : NULL };
	if (!json_is_object(f->plan)) {
		json_decref(f->plan);
		return fdr_err(e, -EBADMSG, "the run does not hold its plan: it was cut short before "
			       "it began, or is no run");
	}
	r = read_milestones(f);
	if (r < 0) {
		fdr_facts_clear(f);
		return fdr_err(e, r, "the run's plan: its milestones cannot be read");
	}
	trials = json_object_get(f->plan, "trials");
	f->inject = json_object_get(f->plan, "inject");
	f->predictions = json_loads(meta(s, "predictions"), 0, NULL);
	f->expect = fdr_expect_all(json_object_get(f->plan, "expect"), f->predictions);
	if (!f->expect) {
		fdr_facts_clear(f);
		return fdr_err(e, -ENOMEM, "out of memory");
	}
	f->observe_ns = fdr_raw_num(trials, "observe_ns");
	f->hold_ns = fdr_raw_num(trials, "served_hold_ns");
	f->max_late_ns = fdr_raw_num(trials, "max_late_ns");
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
	f->store = s;
	r = fdr_ledger_book_new(f->plan, &f->book);
	if (r < 0) {
		fdr_facts_clear(f);
		return fdr_err(e, r, "out of memory");
	}
	return 0;
}

static char *copy(const char *s)
{
	return strdup(s ? s : "");
}

/* Nothing was injected: what asks about a fault's consequences asks in vain. */
static int take_quiet_gates(struct fdr_result *r, const json_t *gates)
{
	json_t *some = json_array();
	size_t i;
	json_t *g;
	int err;

	json_array_foreach((json_t *)gates, i, g)
		if (!strcmp(fdr_raw_text(g, "kind"), "false_positives"))
			json_array_append(some, g);
	err = some ? fdr_result_take_gates(r, some) : -ENOMEM;
	json_decref(some);
	return err;
}

int fdr_facts_tell(struct fdr_store *s, const struct fdr_facts *f, struct fdr_result *r)
{
	const json_t *trials = json_object_get(f->plan, "trials");
	const json_t *gates = json_object_get(f->plan, "gates");
	bool quiet = fdr_raw_num(trials, "watch_ns");
	int err = quiet ? take_quiet_gates(r, gates) : fdr_result_take_gates(r, gates);

	if (err >= 0 && !quiet)
		err = fdr_result_take_stop(r, json_object_get(trials, "stop"));
	if (err < 0)
		return err;
	snprintf(r->draw, sizeof(r->draw), "%s", fdr_raw_text(trials, "draw"));
	r->name = copy(fdr_raw_text(f->plan, "name"));
	r->description = copy(fdr_raw_text(f->plan, "description"));
	r->version = copy(meta(s, "version"));
	r->plan_path = copy(meta(s, "plan_path"));
	r->plan_sha256 = copy(meta(s, "plan_sha256"));
	r->plan_text = copy(*meta(s, "plan_whole") ? meta(s, "plan_whole") : meta(s, "plan"));
	r->seed = strtoull(meta(s, "seed"), NULL, 10);
	r->started_real_ns = f->started_real_ns;
	/* A run that was resumed may have begun on another boot's monotonic clock. */
	r->elapsed_ns = !f->ended_ns ? 0 : f->ended_ns > f->started_ns ?
			f->ended_ns - f->started_ns : f->ended_real_ns - f->started_real_ns;
	r->nodes = json_loads(meta(s, "nodes"), 0, NULL);
	if (!r->nodes)
		r->nodes = json_object();
	r->predictions = json_incref(f->predictions);
	r->canaries = json_loads(meta(s, "canaries"), 0, NULL);
	r->expected = fdr_expected_json(f->plan, f->predictions);
	r->usage_of = fdr_efficiency_of(f->plan);
	r->n_planned = (unsigned int)fdr_raw_num(trials, "count");
	return r->name && r->description && r->version && r->plan_path && r->plan_sha256 &&
	       r->plan_text && r->nodes ? 0 : -ENOMEM;
}
