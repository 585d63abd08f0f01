// SPDX-License-Identifier: GPL-2.0-only
/*
 * Short windows with interrupts off, again and again: what a driver that holds
 * a lock too long, or firmware, does to latencies.
 *
 * A pinned timer on each CPU expires in hard interrupt context and holds the
 * CPU there.  Windows go by a fixed schedule; one that was missed is counted
 * and not made up for.
 */
#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/hrtimer.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>

#include "faults.h"
#include "spin.h"

/* The rest is for the node to go on with. */
#define FDR_IRQOFF_TENTHS	9

struct fdr_irqoff_cpu {
	struct fdr_irqoff *o;
	struct hrtimer timer;
	int cpu;
	u64 windows, off_ns, missed;	/* written by the timer alone */
};

struct fdr_irqoff {
	struct fdr_injection *inj;
	const struct cpumask *cpus;
	u64 window_ns, period_ns;
	u64 rate;
	atomic_t cut_short;		/* windows that ended because the clock stood still */
	struct fdr_irqoff_cpu __percpu *pcpu;
};

static enum hrtimer_restart fdr_irqoff_due(struct hrtimer *timer)
{
	struct fdr_irqoff_cpu *c = container_of(timer, struct fdr_irqoff_cpu, timer);
	struct fdr_irqoff *o = c->o;
	u64 begin, passed;

	/* A timer moves when its CPU goes off line: that CPU has had its windows. */
	if (smp_processor_id() != c->cpu)
		return HRTIMER_NORESTART;
	fdr_onset(o->inj);
	if (fdr_should_stop(o->inj))
		return HRTIMER_NORESTART;
	begin = ktime_get_mono_fast_ns();
	if (!fdr_spin(o->inj, begin + o->window_ns, o->rate))
		atomic_inc(&o->cut_short);
	WRITE_ONCE(c->windows, c->windows + 1);
	WRITE_ONCE(c->off_ns, c->off_ns + ktime_get_mono_fast_ns() - begin);
	passed = hrtimer_forward_now(timer, ns_to_ktime(o->period_ns));
	WRITE_ONCE(c->missed, c->missed + max(passed, 1ULL) - 1);
	return HRTIMER_RESTART;
}

/* On each CPU, interrupts off: the timer expires once they are on. */
static void fdr_irqoff_begin(void *arg)
{
	struct fdr_irqoff *o = arg;
	struct fdr_irqoff_cpu *c = this_cpu_ptr(o->pcpu);

	hrtimer_start(&c->timer, ktime_get(), HRTIMER_MODE_ABS_PINNED_HARD);
}

static void fdr_irqoff_release(struct fdr_injection *inj)
{
	struct fdr_irqoff *o = fdr_priv(inj);

	if (!o)
		return;
	free_percpu(o->pcpu);
	fdr_set_priv(inj, NULL);
	kfree(o);
}

static int fdr_irqoff_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	u64 window = fdr_arg_u64(inj, "window"), period = fdr_arg_u64(inj, "period");
	struct fdr_irqoff *o;
	int cpu;

	if (window > div_u64(period, 10) * FDR_IRQOFF_TENTHS)
		return fdr_refuse(extack, -EINVAL,
				  "window: %llu ns is more than nine tenths of period, %llu ns: make it shorter, or use hard-lockup",
				  window, period);
	if (!cpumask_subset(fdr_arg_cpus(inj, "cpus"), cpu_online_mask))
		return fdr_refuse(extack, -ENODEV, "cpus: not all of them are online (online: %*pbl)",
				  cpumask_pr_args(cpu_online_mask));
	o = kzalloc(sizeof(*o), GFP_KERNEL);
	if (!o)
		return -ENOMEM;
	o->pcpu = alloc_percpu(struct fdr_irqoff_cpu);
	if (!o->pcpu)
		goto err_free;
	for_each_possible_cpu(cpu) {
		struct fdr_irqoff_cpu *c = per_cpu_ptr(o->pcpu, cpu);

		c->o = o;
		c->cpu = cpu;
		hrtimer_setup(&c->timer, fdr_irqoff_due, CLOCK_MONOTONIC,
			      HRTIMER_MODE_ABS_PINNED_HARD);
	}
	o->inj = inj;
	o->cpus = fdr_arg_cpus(inj, "cpus");
	o->window_ns = window;
	o->period_ns = period;
	o->rate = fdr_spin_rate(inj);
	fdr_set_priv(inj, o);
	return 0;

err_free:
	kfree(o);
	return -ENOMEM;
}

static int fdr_irqoff_start(struct fdr_injection *inj)
{
	struct fdr_irqoff *o = fdr_priv(inj);
	bool online;

	cpus_read_lock();
	online = cpumask_subset(o->cpus, cpu_online_mask);
	if (online)
		on_each_cpu_mask(o->cpus, fdr_irqoff_begin, o, true);
	cpus_read_unlock();
	return online ? 0 : fdr_fail(inj, -ENODEV, "cpus: one of them went off line");
}

static void fdr_irqoff_stop(struct fdr_injection *inj)
{
	struct fdr_irqoff *o = fdr_priv(inj);
	int cpu;

	for_each_cpu(cpu, o->cpus)
		hrtimer_cancel(&per_cpu_ptr(o->pcpu, cpu)->timer);
}

static void fdr_irqoff_counters(struct fdr_injection *inj,
				void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_irqoff *o = fdr_priv(inj);
	u64 windows = 0, off_ns = 0, missed = 0;
	int cpu;

	for_each_cpu(cpu, o->cpus) {
		const struct fdr_irqoff_cpu *c = per_cpu_ptr(o->pcpu, cpu);

		windows += READ_ONCE(c->windows);
		off_ns += READ_ONCE(c->off_ns);
		missed += READ_ONCE(c->missed);
	}
	emit(arg, "windows", windows);
	emit(arg, "off_ns", off_ns);
	emit(arg, "missed", missed);
	emit(arg, "cut_short", atomic_read(&o->cut_short));
}

const struct fdr_fault_ops fdr_irq_off_ops = {
	.prepare = fdr_irqoff_prepare,
	.start = fdr_irqoff_start,
	.stop = fdr_irqoff_stop,
	.release = fdr_irqoff_release,
	.counters = fdr_irqoff_counters,
};
