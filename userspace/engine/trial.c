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

static bool observed(void *userdata)
{
	const struct fdr_run *run = userdata;

	if (*run->injection.failed)
		return true;
	return fdr_watch_caused(run->watch) &&
	       (run->injection.onset_seen ||
		fdr_now_ns() > run->injection.t0_ns + ONSET_GRACE_NS);
}

static bool restored(void *userdata)
{
	return fdr_watch_restored(((const struct fdr_run *)userdata)->watch);
}

/* Waits for @cond, renewing the lease meanwhile.  -ETIMEDOUT at the deadline. */
static int wait_renewing(struct fdr_run *run, bool (*cond)(void *), int64_t deadline_ns)
{
	for (;;) {
		int64_t next = deadline_ns;
		int r;

		if (run->injection.active && run->injection.renew_ns &&
		    run->injection.renew_ns < next)
			next = run->injection.renew_ns;
		r = fdr_loop_wait(run->loop, cond, run, next);
		if (r != -ETIMEDOUT || fdr_now_ns() >= deadline_ns)
			return r;
		fdr_run_renew(run);
		/* Where there is nothing to renew, do not come back at once. */
		if (run->injection.renew_ns <= fdr_now_ns())
			run->injection.renew_ns = fdr_now_ns() + FDR_NS_PER_S;
	}
}

static int observe(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_run_injection *in = &run->injection;
	char missing[160];
	int r;

	r = wait_renewing(run, observed, in->t0_ns + (int64_t)run->plan->trials.observe_ns);
	if (r == -ECANCELED)
		return fdr_err(e, r, "interrupted");
	if (r < 0 && r != -ETIMEDOUT)
		return fdr_err(e, r, "the event loop failed: %s", strerror(-r));
	fdr_run_phase(run, "observed");
	if (*in->failed)
		return fdr_err(e, -EREMOTEIO, "%s: the fault could not take effect: %s",
			       run->victim->plan->name, in->failed);
	if (r == -ETIMEDOUT)
		fdr_run_warn(run, "not seen within %.1f s: %s",
			     (double)run->plan->trials.observe_ns / 1e9,
			     fdr_watch_missing(run->watch, true, missing, sizeof(missing)));
	if (!in->onset_seen && run->victim)
		fdr_run_warn(run, "%s: nothing confirms the onset: neither beacon nor event",
			     run->victim->plan->name);
	return 0;
}

/* A node that still answers has survived (an oops need not be the end). */
static bool survived(struct fdr_run *run)
{
	struct fdr_run_node *v = run->victim;

	return v->link && fdr_link_alive(v->link) &&
	       fdr_link_call(v->link, "status", NULL, fdr_now_ns() + 2 * FDR_NS_PER_S, NULL,
			     NULL) >= 0;
}

static int await_return(struct fdr_run *run, int64_t deadline_ns, struct fdr_error *e)
{
	struct fdr_run_node *v = run->victim;
	char old[sizeof(v->boot_id)];
	int r;

	if (survived(run)) {
		fdr_run_warn(run, "%s survived the fault", v->plan->name);
		return fdr_link_call(v->link, "disarm", NULL, fdr_now_ns() + FDR_RUN_CALL_NS,
				     NULL, e);
	}
	memcpy(old, v->boot_id, sizeof(old));
	/* What died with the kernel cannot be active in the next one. */
	r = fdr_run_reconnect(run, v, deadline_ns, e);
	if (r < 0)
		return r;
	if (!strcmp(old, v->boot_id))
		fdr_run_warn(run, "%s answers again without having restarted", v->plan->name);
	fdr_run_phase(run, "returned");
	fdr_run_say_since(run, fdr_now_ns(), "returned", v->plan->name);
	return 0;
}

/* Undoes a reversible fault, also where the agent has gone meanwhile. */
static int undo(struct fdr_run *run, int64_t deadline_ns, struct fdr_error *e)
{
	struct fdr_run_node *v = run->victim;
	char old[sizeof(v->boot_id)];
	int r;

	memcpy(old, v->boot_id, sizeof(old));
	if (!v->link || !fdr_link_alive(v->link)) {
		r = fdr_run_reconnect(run, v, deadline_ns, e);
		if (r < 0)
			return r;
		fdr_run_warn(run, "%s: connected again; meanwhile its kernel may have ended the "
			     "fault, for the lease was not renewed", v->plan->name);
	}
	if (strcmp(old, v->boot_id)) {
		fdr_run_warn(run, "%s has restarted, which this fault does not make it do",
			     v->plan->name);
		return 0;
	}
	r = fdr_run_clear(run, e);
	return r < 0 ? r : fdr_run_clock(run, e);
}

/* Undoes the fault, or waits for the node's return; then for redundancy. */
static int recover(struct fdr_run *run, struct fdr_error *e)
{
	int64_t deadline_ns = fdr_now_ns() + (int64_t)run->plan->trials.recover_ns;
	struct fdr_run_node *v = run->victim;
	char missing[160];
	int r;

	if (!v) {
		r = fdr_run_exec_undo(run, e);
	} else if (fdr_run_fatal(run)) {
		r = await_return(run, deadline_ns, e);
	} else {
		r = undo(run, deadline_ns, e);
	}
	if (r < 0)
		return r;
	run->injection.active = false;
	r = fdr_loop_wait(run->loop, restored, run, deadline_ns);
	if (r == -ECANCELED)
		return fdr_err(e, r, "interrupted");
	if (r == -ETIMEDOUT)
		fdr_run_warn(run, "not seen within %.1f s: %s",
			     (double)run->plan->trials.recover_ns / 1e9,
			     fdr_watch_missing(run->watch, false, missing, sizeof(missing)));
	fdr_run_phase(run, "recovered");
	return 0;
}

/*
 * The steady state has to hold until the fault starts: 1 if it did, 0 if it was
 * lost and the fault called back in time.
 */
static int hold_steady(struct fdr_run *run, struct fdr_error *e)
{
	struct fdr_run_injection *in = &run->injection;
	char why[256] = "";
	int r;

	while (fdr_now_ns() < in->t0_ns - CALL_BACK_NS) {
		if (fdr_watch_steady_since(run->watch, fdr_now_ns(), why, sizeof(why))) {
			r = fdr_loop_sleep_until(run->loop, fdr_now_ns() + LOOK_NS);
			if (r < 0)
				return fdr_err(e, r, r == -ECANCELED ? "interrupted" :
					       "the event loop failed");
			continue;
		}
		r = fdr_link_call(run->victim->link, "clear", json_pack("{s:i}", "id", (int)in->id),
				  fdr_now_ns() + FDR_RUN_CALL_NS, NULL, e);
		/* Too late: it has started, and is judged like any other. */
		if (r < 0 || in->onset_seen)
			return r == -ECANCELED ? r : 1;
		in->active = false;
		fdr_run_warn(run, "called back, for the steady state was lost: %s", why);
		return 0;
	}
	return 1;
}

/* Steady state, then the fault, armed; again while the steady state is lost before it starts. */
static int inject_when_steady(struct fdr_run *run, int64_t phase_ns, int64_t deadline_ns,
			      struct fdr_error *e)
{
	int r;

	do {
		/* With the exchange right before the onset it tells a clock of the wrong rate. */
		r = fdr_run_clock(run, e);
		if (r < 0)
			return r;
		r = fdr_run_steady(run, deadline_ns, e);
		if (r < 0)
			return r;
		r = fdr_run_inject(run, phase_ns, e);
		if (r < 0)
			return r;
		fdr_run_say(run, "steady; armed: %s on %s in %.3f s",
			    run->plan->inject.fault.kind->name, run->victim->plan->name,
			    (double)(run->injection.t0_ns - fdr_now_ns()) / 1e9);
		r = hold_steady(run, e);
	} while (!r);
	if (r < 0)
		return r;
	fdr_watch_onset(run->watch, run->injection.t0_ns);
	return 0;
}

int fdr_run_trial(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_plan *p = run->plan;
	int64_t phase_ns = (int64_t)run->phases[run->trial - 1];
	int64_t deadline_ns = fdr_now_ns() + (int64_t)(run->trial == 1 ? p->steady.deadline_ns :
								     p->trials.recover_ns);
	int r;

	fdr_watch_trial(run->watch);
	fdr_run_phase(run, "begin");
	fdr_run_evidence_begin(run);
	if (run->victim) {
		r = inject_when_steady(run, phase_ns, deadline_ns, e);
	} else {
		r = fdr_run_steady(run, deadline_ns, e);
		if (r >= 0) {
			fdr_run_say(run, "steady; the command runs in %.3f s",
				    (double)(FDR_RUN_LEAD_NS + phase_ns) / 1e9);
			r = fdr_run_exec(run, phase_ns, e);
		}
	}
	if (r < 0)
		return r;
	r = observe(run, e);
	if (r >= 0)
		r = recover(run, e);
	if (r >= 0)
		fdr_run_evidence_end(run);
	fdr_run_lateness_end(run);
	fdr_run_phase(run, "end");
	return r;
}
