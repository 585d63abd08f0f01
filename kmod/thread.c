// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread of an injection: sleeps until the start, carries the fault out,
 * sleeps until it has to end, undoes it.
 *
 * While the thread lives the injection holds a reference to the module.  It is
 * dropped right before the thread returns; what runs after that is safe,
 * because unloading joins every thread before the module's text goes.
 */
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/timekeeping.h>
#include "injection.h"
#include "session.h"

/* A start on the wall clock that a clock step has passed by more than this is stale. */
#define STALE_NS	NSEC_PER_SEC

/* From one event with the counters to the next. */
#define COUNTS_NS	(5 * (u64)NSEC_PER_SEC)

static enum hrtimer_restart start_due(struct hrtimer *timer)
{
	wake_up_process(container_of(timer, struct fdr_injection, start_timer)->thread);
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart timer_due(struct hrtimer *timer)
{
	wake_up_process(container_of(timer, struct fdr_injection, timer)->thread);
	return HRTIMER_NORESTART;
}

static clockid_t start_clock(const struct fdr_injection *inj)
{
	return inj->start == FAULTDRILL_START_REALTIME ? CLOCK_REALTIME : CLOCK_BOOTTIME;
}

static s64 start_clock_ns(const struct fdr_injection *inj)
{
	return inj->start == FAULTDRILL_START_REALTIME ? ktime_get_real_ns() :
							 ktime_get_boottime_ns();
}

/* Sleep until woken, or until @until on CLOCK_MONOTONIC.  Call with the state set. */
static void sleep_until(struct fdr_injection *inj, s64 until)
{
	if (until != FDR_NEVER)
		hrtimer_start(&inj->timer, ns_to_ktime(until), HRTIMER_MODE_ABS_HARD);
	schedule();
	hrtimer_cancel(&inj->timer);
}

void fdr_wait(struct fdr_injection *inj, u64 ns)
{
	s64 now = ktime_get_mono_fast_ns();
	s64 until = ns < (u64)(FDR_NEVER - now) ? now + (s64)ns : FDR_NEVER;

	for (;;) {
		set_current_state(TASK_IDLE);
		if (fdr_should_stop(inj) || (s64)ktime_get_mono_fast_ns() >= until)
			break;
		sleep_until(inj, min_t(s64, until, fdr_deadline_ns(inj)));
	}
	__set_current_state(TASK_RUNNING);
}

/*
 * Wait for the start.  A pending injection ends early when it is cleared, its
 * lease lapses, or the arm time is over (the wall clock may have been set back).
 */
static void wait_for_start(struct fdr_injection *inj)
{
	if (inj->start == FAULTDRILL_START_NOW)
		return;
	hrtimer_start(&inj->start_timer, ns_to_ktime(inj->start_at), HRTIMER_MODE_ABS_HARD);
	for (;;) {
		s64 armed_ns;

		set_current_state(TASK_IDLE);
		armed_ns = fdr_session_armed_ns();
		if (fdr_should_stop(inj) || !armed_ns || start_clock_ns(inj) >= inj->start_at)
			break;
		sleep_until(inj, min_t(s64, fdr_deadline_ns(inj),
				       ktime_get_mono_fast_ns() + armed_ns));
	}
	__set_current_state(TASK_RUNNING);
	hrtimer_cancel(&inj->start_timer);
}

static const char *stop_reason(const struct fdr_injection *inj)
{
	static const char * const reasons[] = {
		[FDR_STOP_CLEAR] = "cleared on request",
		[FDR_STOP_DISARM] = "disarmed before its start",
		[FDR_STOP_UNLOAD] = "the module was unloaded",
	};
	enum fdr_stop stop = READ_ONCE(inj->stop);

	if (stop != FDR_STOP_NOT)
		return reasons[stop];
	return ktime_get_mono_fast_ns() >= READ_ONCE(inj->lease_at) ? "the lease lapsed" :
								      "the duration ended";
}

static enum faultdrill_state stopped_state(const struct fdr_injection *inj)
{
	return READ_ONCE(inj->stop) != FDR_STOP_NOT ? FAULTDRILL_STATE_CLEARED :
						      FAULTDRILL_STATE_EXPIRED;
}

/* May it start?  The last look before the fault. */
static bool may_start(struct fdr_injection *inj, enum faultdrill_state *state)
{
	if (fdr_should_stop(inj)) {
		*state = stopped_state(inj);
		fdr_fail(inj, 0, "%s", stop_reason(inj));
		return false;
	}
	*state = FAULTDRILL_STATE_FAILED;
	if (!fdr_session_armed_ns()) {
		fdr_fail(inj, 0, "the arm time ended before the start");
		return false;
	}
	if (inj->start == FAULTDRILL_START_REALTIME &&
	    start_clock_ns(inj) - inj->start_at > STALE_NS) {
		fdr_fail(inj, 0, "the wall clock was stepped past the start by %lld ms",
			 div_s64(start_clock_ns(inj) - inj->start_at, NSEC_PER_MSEC));
		return false;
	}
	return true;
}

/* Until it has to end; meanwhile its counters are told now and then. */
static void stay_active(struct fdr_injection *inj)
{
	bool counts = inj->fault->ops->counters && !inj->parent;

	while (!fdr_should_stop(inj)) {
		fdr_wait(inj, counts ? COUNTS_NS : FDR_NEVER);
		if (counts && !fdr_should_stop(inj))
			fdr_event(FAULTDRILL_EVENT_COUNTS, inj, NULL, 0, NULL);
	}
}

static enum faultdrill_state carry_out(struct fdr_injection *inj)
{
	const struct fdr_fault_ops *ops = inj->fault->ops;
	int ret;

	/* A bound even for a start() that goes wrong before its onset. */
	if (inj->duration_ns)
		WRITE_ONCE(inj->expires_at, (s64)ktime_get_mono_fast_ns() + (s64)inj->duration_ns);
	ret = ops->start(inj);
	if (ret < 0) {
		if (!inj->reason[0])
			fdr_fail(inj, 0, "the fault could not be started: error %d", ret);
		return FAULTDRILL_STATE_FAILED;
	}
	fdr_onset(inj);		/* for a fault that did not do so itself */
	complete_all(&inj->begun);
	if (ret == 0) {
		stay_active(inj);
		if (ops->stop)
			ops->stop(inj);
	} else if (!fdr_should_stop(inj)) {
		return FAULTDRILL_STATE_FIRED;
	}
	fdr_fail(inj, 0, "%s", stop_reason(inj));
	return stopped_state(inj);
}

static void keep_counter(void *arg, const char *name, u64 value)
{
	struct fdr_injection *inj = arg;

	if (WARN_ON_ONCE(inj->n_counters == FDR_MAX_COUNTERS))
		return;
	strscpy(inj->counters[inj->n_counters].name, name, sizeof(inj->counters[0].name));
	inj->counters[inj->n_counters++].value = value;
}

static void end(struct fdr_injection *inj, enum faultdrill_state state)
{
	struct fdr_stamps stamps;

	/* The fault is over; to take its hooks away may last a while yet. */
	fdr_stamps_now(&stamps);
	fdr_injection_lock(inj);
	if (inj->prepared && inj->fault->ops->counters)
		inj->fault->ops->counters(inj, keep_counter, inj);
	mutex_unlock(&inj->lock);
	fdr_injection_release(inj);
	smp_store_release(&inj->state, state);	/* after the reason, for readers */
	if (!inj->parent)
		fdr_event(FAULTDRILL_EVENT_ENDED, inj, &stamps, 0, NULL);
	complete_all(&inj->begun);
	complete_all(&inj->ended);
}

static int run(void *data)
{
	struct fdr_injection *inj = data;
	enum faultdrill_state state;

	wait_for_start(inj);
	if (may_start(inj, &state))
		state = carry_out(inj);
	end(inj, state);
	module_put(THIS_MODULE);
	return 0;
}

int fdr_thread_create(struct fdr_injection *inj)
{
	hrtimer_setup(&inj->start_timer, start_due, start_clock(inj), HRTIMER_MODE_ABS_HARD);
	hrtimer_setup(&inj->timer, timer_due, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	inj->thread = kthread_create(run, inj, "faultdrill/%u", inj->id);
	if (IS_ERR(inj->thread)) {
		int err = PTR_ERR(inj->thread);

		inj->thread = NULL;
		return err;
	}
	get_task_struct(inj->thread);
	sched_set_fifo(inj->thread);
	return 0;
}

void fdr_thread_go(struct fdr_injection *inj)
{
	wake_up_process(inj->thread);
}

void fdr_thread_kick(struct fdr_injection *inj)
{
	wake_up_process(inj->thread);
}

void fdr_thread_stop(struct fdr_injection *inj, enum fdr_stop why)
{
	cmpxchg(&inj->stop, FDR_STOP_NOT, why);
	wake_up_process(inj->thread);
}

void fdr_thread_join(struct fdr_injection *inj)
{
	if (!inj->thread || inj->joined)
		return;
	kthread_stop(inj->thread);
	hrtimer_cancel(&inj->start_timer);
	hrtimer_cancel(&inj->timer);
	inj->joined = true;
	if (completion_done(&inj->ended))
		return;
	/* It never ran, or its fault killed it: what it would have done is done here. */
	end(inj, READ_ONCE(inj->stop) != FDR_STOP_NOT ? FAULTDRILL_STATE_CLEARED :
							FAULTDRILL_STATE_FIRED);
	module_put(THIS_MODULE);
}

bool fdr_thread_died(const struct fdr_injection *inj)
{
	return inj->thread && !inj->joined && READ_ONCE(inj->thread->flags) & PF_EXITING;
}

void fdr_thread_free(struct fdr_injection *inj)
{
	if (inj->thread)
		put_task_struct(inj->thread);
}
