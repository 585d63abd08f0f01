// SPDX-License-Identifier: GPL-2.0-or-later
/* Carries a campaign out, run by run; what was done before stays. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/loop.h"
#include "campaign.h"
#include "drill.h"

struct account {
	uint64_t trials, failures;
};

static void count(struct account *a, const struct fdr_result *r)
{
	a->trials += r->n_trials;
	for (size_t i = 0; i < r->n_trials; i++)
		a->failures += r->trials[i].verdict == FDR_FAIL;
}

bool fdr_work_budget_used(const struct fdr_work *w, uint64_t trials, uint64_t failures)
{
	const struct fdr_campaign *c = w->campaign;
	int64_t past_ns = fdr_clock_ns(CLOCK_REALTIME) - w->started_real_ns;

	return (c->soak.trials && trials >= c->soak.trials) ||
	       (c->soak.failures && failures >= c->soak.failures) ||
	       (c->soak.time_ns && past_ns >= (int64_t)c->soak.time_ns);
}

static void announce(const struct fdr_work *w, size_t index, const struct fdr_turn *turn,
		     const char *how)
{
	char of[32] = "";

	if (w->n_steps)
		snprintf(of, sizeof(of), " of %zu", w->n_steps);
	fprintf(w->progress, "\nrun %zu%s: %s%s\n", index + 1, of,
		w->campaign->cells[turn->cell].label, how);
	fflush(w->progress);
}

/* Begins the run, or goes on with it.  0 with its result, or an exit status. */
static int carry_out(struct fdr_work *w, size_t index, const struct fdr_turn *turn,
		     enum fdr_run_state state, struct fdr_result **ret)
{
	const struct fdr_campaign_cell *cell = &w->campaign->cells[turn->cell];
	struct fdr_plan *plan FDR_CLEANUP(fdr_plan_freep) = NULL;
	char *dir FDR_CLEANUP_FREE = fdr_work_run_dir(w, index);
	struct fdr_drill d = { .dir = dir, .sets = (const char *const *)cell->sets,
			       .n_sets = cell->n_sets, .progress = w->progress, .force = true,
			       .yes = true };
	struct fdr_error e = { "" };
	int r;

	if (!dir)
		return fdr_fail(-ENOMEM, &e);
	announce(w, index, turn, state == FDR_RUN_BEGUN ? ", resumed" : "");
	if (state == FDR_RUN_BEGUN)
		return fdr_drill_resume(&d, w->words, ret);
	r = fdr_work_plan(w, turn->cell, &plan);
	if (r)
		return r;
	plan->trials.count = turn->trials;
	plan->trials.seed = fdr_work_seed(w, index);
	return fdr_drill_start(&d, plan, ret);
}

/* The controller may have died when all was done but the reports: the last is report.txt. */
static int write_reports(const struct fdr_work *w, size_t index)
{
	struct fdr_result *result FDR_CLEANUP(fdr_result_freep) = NULL;
	char *dir FDR_CLEANUP_FREE = fdr_work_run_dir(w, index);
	char *last FDR_CLEANUP_FREE = dir ? fdr_path_in(dir, "report.txt") : NULL;
	struct fdr_drill d = { .dir = dir, .progress = w->progress };
	struct fdr_error e = { "" };

	if (!last)
		return fdr_fail(-ENOMEM, &e);
	return access(last, F_OK) == 0 ? 0 : fdr_drill_resume(&d, w->words, &result);
}

/* Is there a run after this one? */
static bool goes_on(const struct fdr_work *w, const struct fdr_result *result)
{
	if (fdr_loop_interrupted())
		return false;
	if (result->verdict != FDR_ABORTED || w->campaign->on_abort == FDR_ABORT_NEXT)
		return true;
	fprintf(w->progress, "\nthe run could not be carried out: no other is begun\n");
	return false;
}

static int wait_between(const struct fdr_work *w, struct fdr_error *e)
{
	sd_event *loop = NULL;
	int r;

	if (!w->campaign->soak.pause_ns)
		return 0;
	r = fdr_loop_new(&loop);
	if (r >= 0)
		r = fdr_loop_sleep_until(loop, fdr_now_ns() + (int64_t)w->campaign->soak.pause_ns);
	sd_event_unref(loop);
	return r < 0 ? fdr_err(e, r, "%s", r == -ECANCELED ? "interrupted" : strerror(-r)) : 0;
}

/* A run never has more trials than the budget leaves. */
static bool next_turn(const struct fdr_work *w, size_t index, const struct account *done,
		      struct fdr_turn *ret)
{
	uint64_t trials = w->campaign->soak.trials;

	if (!fdr_work_step(w, index, ret))
		return false;
	if (fdr_campaign_soaks(w->campaign) &&
	    fdr_work_budget_used(w, done->trials, done->failures))
		return false;
	if (trials && ret->trials > trials - done->trials)
		ret->trials = trials - done->trials;
	return true;
}

int fdr_work_run(struct fdr_work *w)
{
	struct account done = { 0 };
	struct fdr_turn turn;
	struct fdr_error e = { "" };
	bool waits = false;

	for (size_t i = 0;; i++) {
		struct fdr_result *result FDR_CLEANUP(fdr_result_freep) = NULL;
		enum fdr_run_state state;
		/* Only a soak's budget asks what is in those that are over. */
		int r = fdr_work_look(w, i, true, &state,
				      fdr_campaign_soaks(w->campaign) ? &result : NULL, &e);

		if (r < 0)
			return fdr_fail(r, &e);
		if (state != FDR_RUN_COMPLETE) {
			result = fdr_result_free(result);
			/* One that was cut short comes to its end, whatever the budget says. */
			if (state == FDR_RUN_BEGUN ? !fdr_work_step(w, i, &turn) :
						     !next_turn(w, i, &done, &turn))
				return 0;
			r = waits ? wait_between(w, &e) : 0;
			if (r < 0)
				return fdr_fail(r, &e);
			r = carry_out(w, i, &turn, state, &result);
			if (r)
				return r;
			waits = true;
			if (!goes_on(w, result))
				return 0;
		} else {
			r = write_reports(w, i);
			if (r)
				return r;
		}
		if (result)
			count(&done, result);
	}
}
