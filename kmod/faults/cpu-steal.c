// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs are taken away for short times again and again, each on its own, as a
 * hypervisor with too many guests takes them: nothing runs on them meanwhile.
 *
 * A SCHED_FIFO thread on each CPU takes it with preemption off, and unless told
 * otherwise with interrupts off as well: a virtual CPU that is not scheduled
 * serves none.  What the guest's programs go through is the same; what it
 * counts is not.  Only a hypervisor can report stolen time, so the column
 * "steal" of /proc/stat stays at zero, and the time is booked as system time or,
 * with interrupts off, partly not at all.
 */
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>

#include "beat.h"
#include "crew.h"
#include "faults.h"
#include "spin.h"

struct fdr_steal {
	struct fdr_injection *inj;
	struct fdr_crew *crew;
	struct fdr_beat beat;	/* each CPU beats on a copy, with a seed of its own */
	u64 burst_ns;
	u64 rate;
	bool irqs_off;
	struct fdr_lengths bursts;
	atomic64_t missed;
	atomic_t displaced;	/* threads whose CPU went off line */
};

static void fdr_steal_once(struct fdr_steal *s)
{
	unsigned long flags = 0;
	u64 begin;

	if (s->irqs_off)
		local_irq_save(flags);
	else
		preempt_disable();
	begin = ktime_get_mono_fast_ns();
	fdr_spin(s->inj, begin + s->burst_ns, s->rate);
	fdr_lengths_add(&s->bursts, ktime_get_mono_fast_ns() - begin);
	if (s->irqs_off)
		local_irq_restore(flags);
	else
		preempt_enable();
}

static void fdr_steal_work(void *arg)
{
	struct fdr_steal *s = arg;
	struct fdr_beat beat = s->beat;

	/* Bound to one CPU: its number tells them apart, in each run alike. */
	beat.seed += raw_smp_processor_id();
	while (!fdr_beat_over(s->inj)) {
		u64 missed = 0;

		if (!is_percpu_thread()) {
			atomic_inc(&s->displaced);
			return;
		}
		fdr_steal_once(s);
		fdr_beat_sleep(s->inj, fdr_beat_next(&beat, ktime_get_mono_fast_ns(), &missed));
		atomic64_add(missed, &s->missed);
	}
}

static int fdr_steal_check(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	u64 burst = fdr_arg_u64(inj, "burst"), period = fdr_arg_u64(inj, "period");
	u64 jitter = fdr_arg_u64(inj, "jitter");

	if (period <= burst)
		return fdr_refuse(extack, -EINVAL,
				  "period: %llu ns is not longer than burst, %llu ns: make it longer",
				  period, burst);
	if (period <= burst + 2 * jitter)
		return fdr_refuse(extack, -EINVAL,
				  "jitter: %llu ns on either side lets two bursts of %llu ns meet within the period of %llu ns: at most %llu ns would do",
				  jitter, burst, period, (period - burst - 1) / 2);
	if (cpumask_empty(fdr_arg_cpus(inj, "cpus")))
		return fdr_refuse(extack, -EINVAL,
				  "cpus: names no CPU: give numbers such as 0-1,3, or all");
	return 0;
}

static int fdr_steal_hire(struct fdr_steal *s, struct netlink_ext_ack *extack)
{
	const struct cpumask *cpus = fdr_arg_cpus(s->inj, "cpus");
	int cpu, err;

	s->crew = fdr_crew_new(cpumask_weight(cpus), fdr_steal_work, s);
	if (!s->crew)
		return -ENOMEM;
	for_each_cpu(cpu, cpus) {
		err = fdr_crew_hire(s->crew, "fdr-steal", cpu);
		if (err)
			return fdr_refuse(extack, err,
					  "cpus: no kernel thread could be created for CPU %d (error %d)",
					  cpu, err);
		sched_set_fifo(s->crew->tasks[s->crew->n - 1]);
	}
	return 0;
}

static int fdr_steal_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_steal *s;
	int err;

	err = fdr_steal_check(inj, extack);
	if (err)
		return err;
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->inj = inj;
	s->burst_ns = fdr_arg_u64(inj, "burst");
	s->beat.period = fdr_arg_u64(inj, "period");
	s->beat.jitter = fdr_arg_u64(inj, "jitter");
	s->beat.seed = fdr_arg_u64(inj, "seed");
	s->irqs_off = !fdr_arg_bool(inj, "interrupts");
	s->rate = fdr_spin_rate(inj);
	err = fdr_steal_hire(s, extack);
	if (err) {
		fdr_crew_free(s->crew);
		kfree(s);
		return err;
	}
	fdr_set_priv(inj, s);
	return 0;
}

static int fdr_steal_start(struct fdr_injection *inj)
{
	struct fdr_steal *s = fdr_priv(inj);

	fdr_onset(inj);
	s->beat.base = ktime_get_mono_fast_ns();
	fdr_crew_go(s->crew);
	return 0;
}

static void fdr_steal_stop(struct fdr_injection *inj)
{
	struct fdr_steal *s = fdr_priv(inj);

	fdr_crew_join(s->crew);
}

static void fdr_steal_release(struct fdr_injection *inj)
{
	struct fdr_steal *s = fdr_priv(inj);

	fdr_crew_free(s->crew);
	fdr_set_priv(inj, NULL);
	kfree(s);
}

static void fdr_steal_counters(struct fdr_injection *inj,
			       void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_steal *s = fdr_priv(inj);

	emit(arg, "bursts", atomic64_read(&s->bursts.n));
	emit(arg, "stolen_ns", atomic64_read(&s->bursts.sum));
	emit(arg, "shortest_ns", atomic64_read(&s->bursts.shortest));
	emit(arg, "longest_ns", atomic64_read(&s->bursts.longest));
	emit(arg, "missed", atomic64_read(&s->missed));
	emit(arg, "displaced", atomic_read(&s->displaced));
}

const struct fdr_fault_ops fdr_cpu_steal_ops = {
	.prepare = fdr_steal_prepare,
	.start = fdr_steal_start,
	.stop = fdr_steal_stop,
	.release = fdr_steal_release,
	.counters = fdr_steal_counters,
};
