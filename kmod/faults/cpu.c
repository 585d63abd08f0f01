// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole machine stands still for a time: what a hypervisor's steal, a live
 * migration or firmware in system management mode looks like from inside.
 *
 * stop_machine() gathers all CPUs with interrupts off before it calls us, so
 * the stall begins on all of them at once, and no CPU waits for a lock that
 * another one has been stopped with.
 */
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/stop_machine.h>
#include <linux/timekeeping.h>

#include "beat.h"
#include "faults.h"
#include "spin.h"

struct fdr_stall {
	struct fdr_injection *inj;
	struct fdr_beat beat;
	u64 stall_ns;
	u64 rate;
	u64 missed;
	struct fdr_lengths stalls;
};

static int fdr_stall_once(void *arg)
{
	struct fdr_stall *s = arg;
	u64 begin;

	if (!atomic64_read(&s->stalls.n))
		fdr_onset(s->inj);
	begin = ktime_get_mono_fast_ns();
	fdr_spin(s->inj, begin + s->stall_ns, s->rate);
	fdr_lengths_add(&s->stalls, ktime_get_mono_fast_ns() - begin);
	return 0;
}

static int fdr_stall_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	u64 stall = fdr_arg_u64(inj, "stall"), period = fdr_arg_u64(inj, "period");
	u64 jitter = fdr_arg_u64(inj, "jitter");
	struct fdr_stall *s;

	if (period && period <= stall)
		return fdr_refuse(extack, -EINVAL,
				  "period: %llu ns is not longer than stall, %llu ns: make it longer, or 0s for a single stall",
				  period, stall);
	if (jitter && !period)
		return fdr_refuse(extack, -EINVAL,
				  "jitter: a single stall has none: give a period too, or leave it out");
	if (jitter && period <= stall + 2 * jitter)
		return fdr_refuse(extack, -EINVAL,
				  "jitter: %llu ns on either side lets two stalls of %llu ns meet within the period of %llu ns: at most %llu ns would do",
				  jitter, stall, period, (period - stall - 1) / 2);
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->inj = inj;
	s->stall_ns = stall;
	s->beat.period = period;
	s->beat.jitter = jitter;
	s->beat.seed = fdr_arg_u64(inj, "seed");
	s->rate = fdr_spin_rate(inj);
	fdr_set_priv(inj, s);
	return 0;
}

static int fdr_stall_start(struct fdr_injection *inj)
{
	struct fdr_stall *s = fdr_priv(inj);
	u64 now;
	int err;

	s->beat.base = ktime_get_mono_fast_ns();
	do {
		err = stop_machine(fdr_stall_once, s, NULL);
		if (err)
			return fdr_fail(inj, err, "the CPUs could not be stopped");
		if (!s->beat.period)
			return FDR_DONE;
		/* From start to start; one that was missed is not made up for. */
		now = ktime_get_mono_fast_ns();
		fdr_wait(inj, fdr_beat_next(&s->beat, now, &s->missed) - now);
	} while (!fdr_should_stop(inj));
	return 0;
}

static void fdr_stall_release(struct fdr_injection *inj)
{
	kfree(fdr_priv(inj));
	fdr_set_priv(inj, NULL);
}

static void fdr_stall_counters(struct fdr_injection *inj,
			       void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_stall *s = fdr_priv(inj);

	emit(arg, "stalls", atomic64_read(&s->stalls.n));
	emit(arg, "stalled_ns", atomic64_read(&s->stalls.sum));
	emit(arg, "shortest_ns", atomic64_read(&s->stalls.shortest));
	emit(arg, "longest_ns", atomic64_read(&s->stalls.longest));
	emit(arg, "missed", READ_ONCE(s->missed));
}

const struct fdr_fault_ops fdr_cpu_stall_ops = {
	.prepare = fdr_stall_prepare,
	.start = fdr_stall_start,
	.release = fdr_stall_release,
	.counters = fdr_stall_counters,
};
