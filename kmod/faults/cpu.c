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

#include "faults.h"
#include "spin.h"

struct fdr_stall {
	struct fdr_injection *inj;
	u64 stall_ns, period_ns;
	u64 rate;
	atomic64_t stalls, stalled_ns;
};

static int fdr_stall_once(void *arg)
{
	struct fdr_stall *s = arg;
	u64 begin;

	if (!atomic64_read(&s->stalls))
		fdr_onset(s->inj);
	begin = ktime_get_mono_fast_ns();
	fdr_spin(s->inj, begin + s->stall_ns, s->rate);
	atomic64_inc(&s->stalls);
	atomic64_add(ktime_get_mono_fast_ns() - begin, &s->stalled_ns);
	return 0;
}

static int fdr_stall_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	u64 stall = fdr_arg_u64(inj, "stall"), period = fdr_arg_u64(inj, "period");
	struct fdr_stall *s;

	if (period && period <= stall)
		return fdr_refuse(extack, -EINVAL,
				  "period: %llu ns is not longer than stall, %llu ns: make it longer, or 0s for a single stall",
				  period, stall);
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->inj = inj;
	s->stall_ns = stall;
	s->period_ns = period;
	s->rate = fdr_spin_rate(inj);
	fdr_set_priv(inj, s);
	return 0;
}

static int fdr_stall_start(struct fdr_injection *inj)
{
	struct fdr_stall *s = fdr_priv(inj);
	u64 next = ktime_get_mono_fast_ns(), now;
	int err;

	do {
		err = stop_machine(fdr_stall_once, s, NULL);
		if (err)
			return fdr_fail(inj, err, "the CPUs could not be stopped");
		if (!s->period_ns)
			return FDR_DONE;
		/* From start to start; one that was missed is not made up for. */
		now = ktime_get_mono_fast_ns();
		while (next <= now)
			next += s->period_ns;
		fdr_wait(inj, next - now);
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

	emit(arg, "stalls", atomic64_read(&s->stalls));
	emit(arg, "stalled_ns", atomic64_read(&s->stalled_ns));
}

const struct fdr_fault_ops fdr_cpu_stall_ops = {
	.prepare = fdr_stall_prepare,
	.start = fdr_stall_start,
	.release = fdr_stall_release,
	.counters = fdr_stall_counters,
};
