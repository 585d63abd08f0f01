// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Going on with a run whose controller died.  Trials that came to their end
 * stay; the one that was cut short is set aside and carried out again, with the
 * phase that was drawn for it.
 */
#include <inttypes.h>
#include <string.h>

#include "raw.h"
#include "run.h"

struct trial_steps {
	bool begun, recovered;
	int64_t end_ns;
};

static int on_phase(void *userdata, const char *node, int64_t at_ns, const json_t *data)
{
	struct trial_steps *t = userdata;
	const char *step = fdr_raw_text(data, "step");

	(void)node;
	if (!strcmp(step, "begin"))
		t->begun = true;
	if (!strcmp(step, "recovered"))
		t->recovered = true;
	if (!strcmp(step, "end"))
		t->end_ns = at_ns;
	return 0;
}

static int read_steps(struct fdr_run *run, unsigned int trial, struct trial_steps *ret,
		      struct fdr_error *e)
{
	int r;

	*ret = (struct trial_steps){ 0 };
	r = fdr_store_each_event(run->store, trial, "phase", on_phase, ret);
	return r < 0 ? fdr_err(e, r, "cannot read the run: %s", strerror(-r)) : 0;
}

int fdr_run_resume(struct fdr_run *run, struct fdr_error *e)
{
	struct trial_steps t;
	int64_t ended_ns = 0;
	int r;

	for (;;) {
		r = read_steps(run, run->trial + 1, &t, e);
		if (r < 0)
			return r;
		/* One that was interrupted has an end, too, but did not get through. */
		if (!t.recovered || !t.end_ns)
			break;
		ended_ns = t.end_ns;
		run->trial++;
	}
	run->undo_first = t.begun;
	r = fdr_store_set_aside(run->store, run->trial + 1, ended_ns, e);
	if (r >= 0)
		r = fdr_store_put_meta(run->store, "outcome", "");
	if (r < 0)
		return r;
	fdr_run_say(run, "goes on after trial %u of %" PRIu64 "%s", run->trial,
		    run->plan->trials.count,
		    t.begun ? "; the one that was cut short is done again" : "");
	return 0;
}

static int clear_left(struct fdr_run *run, struct fdr_run_node *node, struct fdr_error *e)
{
	json_t *result = NULL;
	json_int_t n;
	int r;

	r = fdr_link_call(node->link, "clear", NULL, fdr_now_ns() + FDR_RUN_CALL_NS, &result, e);
	if (r < 0)
		return r;
	n = json_integer_value(json_object_get(result, "cleared"));
	json_decref(result);
	if (n)
		fdr_run_say(run, "%s: %lld fault%s cleared that the trial cut short had left",
			    node->plan->name, (long long)n, n == 1 ? "" : "s");
	return 0;
}

int fdr_run_undo_left(struct fdr_run *run, struct fdr_error *e)
{
	int r;

	if (!run->undo_first)
		return 0;
	r = fdr_run_exec_undo_left(run, e);
	for (size_t i = 0; r >= 0 && i < run->plan->n_nodes; i++)
		if (run->nodes[i].may_break)
			r = clear_left(run, &run->nodes[i], e);
	return r;
}
