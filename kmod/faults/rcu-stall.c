// SPDX-License-Identifier: GPL-2.0-only
/*
 * Readers of RCU that do not end: nobody's grace period does either, and the
 * kernel's stall detector tells of it.
 *
 * A reader may not sleep, so each one keeps its CPU busy.  Where readers can be
 * preempted it lets other tasks run in between; where they cannot, nothing else
 * runs there, and the soft-lockup watchdog, whose message would come first, is
 * told that all is well.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/nmi.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "compat/locks.h"
#include "crew.h"
#include "faults.h"
#include "spin.h"

/* Longest wait for the first reader to get onto its CPU. */
#define FDR_READER_WAIT		(2 * HZ)
/* Between two looks at who else wants the CPU. */
#define FDR_READER_SLICE	(250 * NSEC_PER_USEC)

struct fdr_readers {
	struct fdr_injection *inj;
	struct fdr_crew *crew;
	struct completion begun;
	atomic_t reading;
	atomic_t cut_short;	/* readers that left because the clock stood still */
	bool called_off;
	u64 rate;
};

static void fdr_reader_work(void *arg)
{
	struct fdr_readers *r = arg;
	bool timely = true;

	if (READ_ONCE(r->called_off))
		return;
	rcu_read_lock();
	fdr_onset(r->inj);
	atomic_inc(&r->reading);
	complete(&r->begun);
	while (timely && !fdr_should_stop(r->inj)) {
		timely = fdr_spin(r->inj, ktime_get_mono_fast_ns() + FDR_READER_SLICE, r->rate);
		touch_softlockup_watchdog();
		fdr_rcu_reader_yield();
	}
	atomic_dec(&r->reading);
	rcu_read_unlock();
	if (!timely)
		atomic_inc(&r->cut_short);
}

static void fdr_readers_release(struct fdr_injection *inj)
{
	struct fdr_readers *r = fdr_priv(inj);

	if (!r)
		return;
	fdr_crew_free(r->crew);
	fdr_set_priv(inj, NULL);
	kfree(r);
}

static int fdr_readers_hire(struct fdr_readers *r, const struct cpumask *cpus,
			    struct netlink_ext_ack *extack)
{
	int cpu, err;

	for_each_cpu(cpu, cpus) {
		err = fdr_crew_hire(r->crew, "fdr-rcu", cpu);
		if (err)
			return fdr_refuse(extack, err,
					  "cpus: no kernel thread could be created for CPU %d (error %d)",
					  cpu, err);
	}
	return 0;
}

static int fdr_readers_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	const struct cpumask *cpus = fdr_arg_cpus(inj, "cpus");
	struct fdr_readers *r;
	int err = -ENOMEM;

	if (!cpumask_subset(cpus, cpu_online_mask))
		return fdr_refuse(extack, -ENODEV, "cpus: not all of them are online (online: %*pbl)",
				  cpumask_pr_args(cpu_online_mask));
	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	r->inj = inj;
	init_completion(&r->begun);
	r->rate = fdr_spin_rate(inj);
	r->crew = fdr_crew_new(cpumask_weight(cpus), fdr_reader_work, r);
	if (!r->crew)
		goto err_free;
	err = fdr_readers_hire(r, cpus, extack);
	if (err)
		goto err_crew;
	fdr_set_priv(inj, r);
	return 0;

err_crew:
	fdr_crew_free(r->crew);
err_free:
	kfree(r);
	return err;
}

static int fdr_readers_start(struct fdr_injection *inj)
{
	struct fdr_readers *r = fdr_priv(inj);

	fdr_crew_go(r->crew);
	if (wait_for_completion_timeout(&r->begun, FDR_READER_WAIT))
		return 0;
	WRITE_ONCE(r->called_off, true);
	return fdr_fail(inj, -EBUSY,
			"cpus: held by something else: no thread of ours ran there within 2 s");
}

static void fdr_readers_stop(struct fdr_injection *inj)
{
	struct fdr_readers *r = fdr_priv(inj);
	unsigned int i;

	/* A reader that was preempted must not have to wait for its turn now. */
	for (i = 0; i < r->crew->n; i++)
		sched_set_fifo(r->crew->tasks[i]);
	fdr_crew_join(r->crew);
}

static void fdr_readers_counters(struct fdr_injection *inj,
				 void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_readers *r = fdr_priv(inj);

	emit(arg, "reading", atomic_read(&r->reading));
	emit(arg, "cut_short", atomic_read(&r->cut_short));
}

const struct fdr_fault_ops fdr_rcu_stall_ops = {
	.prepare = fdr_readers_prepare,
	.start = fdr_readers_start,
	.stop = fdr_readers_stop,
	.release = fdr_readers_release,
	.counters = fdr_readers_counters,
};
