// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <errno.h>
#include <string.h>

#include "base/loop.h"

/* After its planned instant, an onset that nothing confirms is given so long. */
#define ONSET_GRACE_NS	(1 * FDR_NS_PER_S)
/* How long before its start a fault can still be called back with some certainty. */
#define CALL_BACK_NS	(100 * FDR_NS_PER_MS)
/* How often the steady state is looked at while the fault is pending. */
#define LOOK_NS		(10 * FDR_NS_PER_MS)
/* A stated start is awaited by steady state and preparations for so long before it. */
#define PREPARE_NS	(10 * FDR_NS_PER_S)

/* All onsets are confirmed, or have had the time to be; 1 = a kernel could not do it. */
static bool all_begun(const struct fdr_run *run)
{
	int64_t now = fdr_now_ns();

	for (size_t i = 0; i < run->n_injections; i++) {
		const struct fdr_run_injection *in = &run->injections[i];

		if (now < in->start_ns || (!in->onset_seen && now <= in->start_ns + ONSET_GRACE_NS))
			return false;
	}
	return true;
}

static const struct fdr_run_injection *failed(const struct fdr_run *run)
{
	for (size_t i = 0; i < run->n_injections; i++)
		if (*run->injections[i].failed)
			return &run->injections[i];
	return NULL;
}

static bool observed(void *userdata)
{
	struct fdr_run *run = userdata;

	return failed(run) || fdr_run_must_stop(run) ||
	       (fdr_watch_caused(run->watch) && all_begun(run));
}

static bool never(void *userdata)
{
	struct fdr_run *run = userdata;

	return failed(run) || fdr_run_must_stop(run);
}

/* Waits for @cond, renewing leases meanwhile.  -ETIMEDOUT at the deadline. */
static int wait_renewing(struct fdr_run *run, bool (*cond)(void *), int64_t deadline_ns)
{
	for (;;) {
		int64_t next = fdr_run_renew(run);
		int r;

		r = fdr_loop_wait(run->loop, cond, run, next < deadline_ns ? next : deadline_ns);
		if (r != -ETIMEDOUT || fdr_now_ns() >= deadline_ns)
			return r;
	}
}

static int wait_for_step(struct fdr_run *run, int64_t until_ns)
{
	int r = wait_renewing(run, never, until_ns);

	/* What speaks against going on is told by who observes. */
	return r == -ETIMEDOUT ? 0 : r < 0 ? r : 1;
}

static void warn_unconfirmed(struct fdr_run *run)
{
	for (size_t i = 0; i < run->n_injections; i++)
		if (run->injections[i].node && !run->injections[i].onset_seen)
			fdr_run_warn(run, "%s: nothing confirms the onset: neither beacon nor event",
				     run->injections[i].node->plan->name);
}

static int observe(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_run_injection *in;
	char missing[160];
	int r;

	r = wait_renewing(run, observed, run->t0_ns + (int64_t)run->plan->trials.observe_ns);
	if (r == -ECANCELED)
		return fdr_err(e, r, "interrupted");
	if (r < 0 && r != -ETIMEDOUT)
		return fdr_err(e, r, "the event loop failed: %s", strerror(-r));
	fdr_run_phase(run, "observed");
	in = failed(run);
	if (in)
		return fdr_err(e, -EREMOTEIO, "%s: the fault could not take effect: %s",
			       in->node->plan->name, in->failed);
	if (*run->stop_why)
		return fdr_run_stop_error(run, e);
	if (r == -ETIMEDOUT)
		fdr_run_warn(run, "not seen within %.1f s: %s",
			     (double)run->plan->trials.observe_ns / 1e9,
			     fdr_watch_missing(run->watch, true, missing, sizeof(missing)));
	warn_unconfirmed(run);
	return 0;
}

/*
 * The steady state has to hold until the first fault starts: 1 if it did, 0 if it was
 * lost and all faults called back in time.
 */
static int hold_steady(struct fdr_run *run, struct fdr_error *e)
{
	char why[256] = "";
	int r;

	while (fdr_now_ns() < run->t0_ns - CALL_BACK_NS) {
		fdr_run_renew(run);
		if (fdr_run_must_stop(run)) {
			fdr_run_call_back(run);
			return fdr_run_stop_error(run, e);
		}
		if (fdr_watch_steady_since(run->watch, fdr_now_ns(), why, sizeof(why))) {
			r = fdr_loop_sleep_until(run->loop, fdr_now_ns() + LOOK_NS);
			if (r < 0)
				return fdr_err(e, r, r == -ECANCELED ? "interrupted" :
					       "the event loop failed");
			continue;
		}
		/* Too late: it has started, and is judged like any other. */
		if (fdr_run_call_back(run))
			return fdr_loop_interrupted() ? fdr_err(e, -ECANCELED, "interrupted") : 1;
		fdr_run_warn(run, "called back, for the steady state was lost: %s", why);
		return 0;
	}
	return 1;
}

static bool hits_nodes(const struct fdr_run *run)
{
	for (size_t i = 0; i < run->n_injections; i++)
		if (run->injections[i].node)
			return true;
	return false;
}

/* Steady, chosen, allowed, armed: 1 the trial goes on, 2 there is no victim, 0 once more. */
static int try_to_inject(struct fdr_run *run, int64_t phase_ns, int64_t deadline_ns, char *why,
			 size_t size, struct fdr_error *e)
{
	char what[512];
	int r;

	/* With the exchange right before the onset it tells a clock of the wrong rate. */
	r = fdr_run_clocks(run, e);
	if (r >= 0)
		r = fdr_run_steady(run, deadline_ns, e);
	if (r >= 0)
		r = fdr_run_choose(run, why, size, e);
	if (r > 0)
		return 2;
	if (r >= 0)
		r = fdr_run_may_arm(run, e);
	if (r >= 0)
		r = fdr_run_inject(run, phase_ns, e);
	if (r <= 0)
		return r;
	fdr_run_say(run, "steady; armed: %s in %.3f s", fdr_run_describe(run, what, sizeof(what)),
		    (double)(run->t0_ns - fdr_now_ns()) / 1e9);
	return hits_nodes(run) ? hold_steady(run, e) : 1;
}

/* The steady state is given until @deadline_ns, or until a stated start. */
static int await_start(struct fdr_run *run, int64_t *deadline_ns, struct fdr_error *e)
{
	const struct fdr_plan *p = run->plan;
	int64_t start_ns;
	int r;

	if (!fdr_run_start_real(run))
		return 0;
	start_ns = fdr_run_start_real(run) - fdr_clock_ns(CLOCK_REALTIME) + fdr_now_ns();
	if (start_ns < fdr_now_ns())
		return fdr_err(e, -ETIME, "inject.start has passed");
	fdr_run_say(run, "waiting for inject.start, in %.0f s",
		    (double)(start_ns - fdr_now_ns()) / 1e9);
	r = fdr_loop_sleep_until(run->loop, start_ns - (int64_t)p->steady.hold_ns - PREPARE_NS);
	if (r < 0)
		return fdr_err(e, r, "interrupted");
	*deadline_ns = start_ns - FDR_RUN_LEAD_NS;
	return 0;
}

/* Nobody was broken: the trial ends as it is, and the next one may find somebody. */
static int end_void(struct fdr_run *run, const char *why)
{
	fdr_run_warn(run, "%s", why);
	fdr_run_event(run, "phase", NULL, fdr_now_ns(),
		      json_pack("{s:s, s:s}", "step", "void", "why", why));
	fdr_run_lateness_end(run);
	fdr_run_phase(run, "recovered");
	fdr_run_phase(run, "end");
	return 0;
}

int fdr_run_trial(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_plan *p = run->plan;
	int64_t phase_ns = (int64_t)run->phases[run->trial - 1];
	int64_t deadline_ns = fdr_now_ns() + (int64_t)(run->trial == 1 ? p->steady.deadline_ns :
								     p->trials.recover_ns);
	char why[256] = "";
	int r;

	run->t0_ns = 0;
	run->attempt = 0;
	run->n_injections = 0;
	fdr_watch_trial(run->watch);
	r = fdr_run_may_start(run, e);
	if (r >= 0)
		r = await_start(run, &deadline_ns, e);
	if (r < 0)
		return r;
	fdr_run_phase(run, "begin");
	if (p->trials.watch_ns)
		return fdr_run_watch_quietly(run, deadline_ns, e);
	fdr_run_evidence_begin(run);
	do
		r = try_to_inject(run, phase_ns, deadline_ns, why, sizeof(why), e);
	while (!r);
	if (r == 2)
		return end_void(run, why);
	if (r >= 0) {
		fdr_watch_onset(run->watch, run->t0_ns);
		r = fdr_run_exec(run, wait_for_step, phase_ns, e);
	}
	if (r >= 0)
		r = observe(run, e);
	if (r >= 0)
		r = fdr_run_recover(run, e);
	if (r >= 0) {
		r = fdr_run_read_ledgers(run, e);
		/* Without its ledgers the trial has no end: a run that goes on does it again. */
		if (r < 0)
			return r;
	}
	if (r >= 0)
		fdr_run_evidence_end(run);
	if (!run->t0_ns)
		return r;
	fdr_run_lateness_end(run);
	if (r >= 0) {
		fdr_run_gather(run, false);
		fdr_run_gather_graphs(run);
	}
	fdr_run_phase(run, "end");
	return r;
}
