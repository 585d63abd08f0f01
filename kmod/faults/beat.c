// SPDX-License-Identifier: GPL-2.0-only
/* Instants that recur with a jitter. */
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "../fault.h"
#include "../hooks/draw.h"
#include "beat.h"

/* Uniform on 0 .. 2 * jitter, that is from jitter too early to jitter too late. */
static u64 fdr_beat_at(const struct fdr_beat *beat, u64 n)
{
	u64 shift = mul_u64_u64_shr(fdr_draw64(beat->seed, n), 2 * beat->jitter + 1, 64);

	return beat->base + n * beat->period - beat->jitter + shift;
}

u64 fdr_beat_next(struct fdr_beat *beat, u64 now, u64 *missed)
{
	u64 at = fdr_beat_at(beat, ++beat->n);

	while (at <= now) {
		(*missed)++;
		at = fdr_beat_at(beat, ++beat->n);
	}
	return at;
}

void fdr_lengths_add(struct fdr_lengths *lengths, u64 ns)
{
	s64 old = atomic64_read(&lengths->shortest);

	while ((!old || (s64)ns < old) && !atomic64_try_cmpxchg(&lengths->shortest, &old, ns))
		;
	old = atomic64_read(&lengths->longest);
	while ((s64)ns > old && !atomic64_try_cmpxchg(&lengths->longest, &old, ns))
		;
	atomic64_add(ns, &lengths->sum);
	atomic64_inc(&lengths->n);
}

bool fdr_beat_over(struct fdr_injection *inj)
{
	return fdr_should_stop(inj) || kthread_should_stop();
}

void fdr_beat_sleep(struct fdr_injection *inj, u64 until)
{
	ktime_t at;

	for (;;) {
		set_current_state(TASK_IDLE);
		if (fdr_beat_over(inj) || ktime_get_mono_fast_ns() >= until)
			break;
		at = ns_to_ktime(min(until, fdr_deadline_ns(inj)));
		schedule_hrtimeout(&at, HRTIMER_MODE_ABS);
	}
	__set_current_state(TASK_RUNNING);
}
