// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs that lock up: softly, with preemption off while interrupts are served,
 * or hard, with interrupts off as well.
 *
 * A thread bound to each victim CPU holds it.  They meet first, still
 * preemptible, so that all CPUs lock up at one instant and a thread that
 * cannot get onto its CPU fails the injection before anything is in effect.
 * Each one lets go by itself, by its own reading of the clock: nothing else
 * may be able to run.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "crew.h"
#include "faults.h"
#include "spin.h"

/* Longest wait for the threads to get onto their CPUs. */
#define FDR_LOCKUP_MEET		(2 * HZ)

enum fdr_lockup_phase {
	FDR_LOCKUP_MEETING,
	FDR_LOCKUP_CLAIMED,	/* all there, onset being stamped */
	FDR_LOCKUP_HELD,
	FDR_LOCKUP_ABANDONED,
};

struct fdr_lockup {
	struct fdr_injection *inj;
	struct fdr_crew *crew;
	struct completion begun;
	atomic_t missing;
	atomic_t phase;		/* enum fdr_lockup_phase */
	atomic_t cut_short;	/* CPUs let go because the clock stood still */
	u64 rate;
	bool hard;
};

/* True once all are there; false when it was called off. */
static bool fdr_lockup_meet(struct fdr_lockup *l)
{
	int phase;

	/* The scheduler moves a bound thread when its CPU goes off line. */
	if (!is_percpu_thread()) {
		atomic_cmpxchg(&l->phase, FDR_LOCKUP_MEETING, FDR_LOCKUP_ABANDONED);
		complete(&l->begun);
		return false;
	}
	if (atomic_dec_and_test(&l->missing) &&
	    atomic_cmpxchg(&l->phase, FDR_LOCKUP_MEETING, FDR_LOCKUP_CLAIMED) ==
	    FDR_LOCKUP_MEETING) {
		fdr_onset(l->inj);
		complete(&l->begun);
		atomic_set_release(&l->phase, FDR_LOCKUP_HELD);
	}
	while ((phase = atomic_read_acquire(&l->phase)) < FDR_LOCKUP_HELD) {
		cpu_relax();
		cond_resched();
	}
	return phase == FDR_LOCKUP_HELD;
}

static void fdr_lockup_work(void *arg)
{
	struct fdr_lockup *l = arg;
	unsigned long flags;
	bool timely;

	if (!fdr_lockup_meet(l))
		return;
	if (l->hard) {
		local_irq_save(flags);
		timely = fdr_spin(l->inj, U64_MAX, l->rate);
		local_irq_restore(flags);
	} else {
		preempt_disable();
		timely = fdr_spin(l->inj, U64_MAX, l->rate);
		preempt_enable();
	}
	if (!timely)
		atomic_inc(&l->cut_short);
}

static void fdr_lockup_release(struct fdr_injection *inj)
{
	struct fdr_lockup *l = fdr_priv(inj);

	if (!l)
		return;
	fdr_crew_free(l->crew);
	fdr_set_priv(inj, NULL);
	kfree(l);
}

static int fdr_lockup_hire(struct fdr_lockup *l, const struct cpumask *cpus,
			   struct netlink_ext_ack *extack)
{
	int cpu, err;

	for_each_cpu(cpu, cpus) {
		err = fdr_crew_hire(l->crew, l->hard ? "fdr-hard" : "fdr-soft", cpu);
		if (err) {
			return fdr_refuse(extack, err,
					  "cpus: no kernel thread could be created for CPU %d (error %d)",
					  cpu, err);
		}
		sched_set_fifo(l->crew->tasks[l->crew->n - 1]);
	}
	return 0;
}

static int fdr_lockup_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack,
			      bool hard)
{
	const struct cpumask *cpus = fdr_arg_cpus(inj, "cpus");
	unsigned int n = cpumask_weight(cpus);
	struct fdr_lockup *l;
	int err = -ENOMEM;

	if (!n)
		return fdr_refuse(extack, -EINVAL,
				  "cpus: names no CPU: give numbers such as 0-1,3, or all");
	if (!cpumask_subset(cpus, cpu_online_mask))
		return fdr_refuse(extack, -ENODEV,
				  "cpus: %*pbl: not all of them are online (online: %*pbl)",
				  cpumask_pr_args(cpus), cpumask_pr_args(cpu_online_mask));
	l = kzalloc(sizeof(*l), GFP_KERNEL);
	if (!l)
		return -ENOMEM;
	l->inj = inj;
	l->hard = hard;
	init_completion(&l->begun);
	atomic_set(&l->missing, n);
	l->rate = fdr_spin_rate(inj);
	l->crew = fdr_crew_new(n, fdr_lockup_work, l);
	if (!l->crew)
		goto err_free;
	err = fdr_lockup_hire(l, cpus, extack);
	if (err)
		goto err_crew;
	fdr_set_priv(inj, l);
	return 0;

err_crew:
	fdr_crew_free(l->crew);
err_free:
	kfree(l);
	return err;
}

static int fdr_soft_lockup_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	return fdr_lockup_prepare(inj, extack, false);
}

static int fdr_hard_lockup_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	return fdr_lockup_prepare(inj, extack, true);
}

static int fdr_lockup_start(struct fdr_injection *inj)
{
	struct fdr_lockup *l = fdr_priv(inj);

	fdr_crew_go(l->crew);
	wait_for_completion_timeout(&l->begun, FDR_LOCKUP_MEET);
	switch (atomic_cmpxchg(&l->phase, FDR_LOCKUP_MEETING, FDR_LOCKUP_ABANDONED)) {
	case FDR_LOCKUP_MEETING:
		return fdr_fail(inj, -EBUSY,
				"cpus: one of them is held by something else: no thread of ours ran there within 2 s");
	case FDR_LOCKUP_ABANDONED:
		return fdr_fail(inj, -ENODEV, "cpus: one of them went off line");
	}
	return 0;
}

static void fdr_lockup_stop(struct fdr_injection *inj)
{
	struct fdr_lockup *l = fdr_priv(inj);

	fdr_crew_join(l->crew);
}

static void fdr_lockup_counters(struct fdr_injection *inj,
				void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_lockup *l = fdr_priv(inj);

	emit(arg, "cut_short", atomic_read(&l->cut_short));
}

const struct fdr_fault_ops fdr_soft_lockup_ops = {
	.prepare = fdr_soft_lockup_prepare,
	.start = fdr_lockup_start,
	.stop = fdr_lockup_stop,
	.release = fdr_lockup_release,
	.counters = fdr_lockup_counters,
};

const struct fdr_fault_ops fdr_hard_lockup_ops = {
	.prepare = fdr_hard_lockup_prepare,
	.start = fdr_lockup_start,
	.stop = fdr_lockup_stop,
	.release = fdr_lockup_release,
	.counters = fdr_lockup_counters,
};
