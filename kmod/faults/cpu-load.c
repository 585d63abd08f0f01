// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load for those who watch it: chosen CPUs are busy for a chosen share of the
 * time, and the load average counts tasks that only sleep.
 *
 * Within each period a thread of ours keeps its CPU from being idle for the
 * stated share.  The share is of wall time: where something else runs in
 * between, the CPU was busy too, so the share is what a monitor finds at least.
 *
 * The load average counts tasks that run or sleep uninterruptibly.  It is an
 * average over minutes, kept by the kernel: it climbs slowly, and after the
 * revert it decays by itself, no faster.  The sleepers wake up once a second, so
 * that the hung task detector does not take them for hung.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/wait.h>

#include "beat.h"
#include "crew.h"
#include "faults.h"

enum { FDR_LOAD_NORMAL, FDR_LOAD_FIFO };	/* policy= */

struct fdr_load {
	struct fdr_injection *inj;
	struct fdr_crew *loaders, *sleepers;
	wait_queue_head_t over;
	u64 period_ns, busy_ns;
	atomic64_t periods, spun_ns;
	atomic_t displaced;	/* threads whose CPU went off line */
};

static void fdr_load_spin(struct fdr_load *l, u64 until)
{
	while (ktime_get_mono_fast_ns() < until && !fdr_beat_over(l->inj)) {
		cpu_relax();
		cond_resched();
	}
}

static void fdr_load_work(void *arg)
{
	struct fdr_load *l = arg;
	u64 begin = ktime_get_mono_fast_ns(), now;

	while (!fdr_beat_over(l->inj)) {
		/* The scheduler moves a bound thread when its CPU goes off line. */
		if (!is_percpu_thread()) {
			atomic_inc(&l->displaced);
			return;
		}
		fdr_load_spin(l, begin + l->busy_ns);
		now = ktime_get_mono_fast_ns();
		atomic64_add(now - min(begin, now), &l->spun_ns);
		atomic64_inc(&l->periods);
		begin += l->period_ns;
		/* Whole periods that others took from us are not made up for. */
		if (begin + l->period_ns <= now)
			begin = now;
		fdr_beat_sleep(l->inj, begin);
	}
}

static void fdr_load_sleep(void *arg)
{
	struct fdr_load *l = arg;

	while (!fdr_beat_over(l->inj))
		wait_event_timeout(l->over, fdr_beat_over(l->inj), HZ);
}

static void fdr_load_free(struct fdr_load *l)
{
	fdr_crew_free(l->sleepers);
	fdr_crew_free(l->loaders);
	kfree(l);
}

static int fdr_load_hire_loaders(struct fdr_load *l, struct netlink_ext_ack *extack)
{
	const struct cpumask *cpus = fdr_arg_cpus(l->inj, "cpus");
	unsigned int threads = fdr_arg_u64(l->inj, "threads"), i;
	bool fifo = fdr_arg_choice(l->inj, "policy") == FDR_LOAD_FIFO;
	int cpu, err;

	l->loaders = fdr_crew_new(cpumask_weight(cpus) * threads, fdr_load_work, l);
	if (!l->loaders)
		return -ENOMEM;
	for_each_cpu(cpu, cpus) {
		for (i = 0; i < threads; i++) {
			struct task_struct *task;

			err = fdr_crew_hire(l->loaders, "fdr-load", cpu);
			if (err)
				return fdr_refuse(extack, err,
						  "cpus: no kernel thread could be created for CPU %d (error %d)",
						  cpu, err);
			task = l->loaders->tasks[l->loaders->n - 1];
			if (fifo)
				sched_set_fifo_low(task);
			else
				set_user_nice(task, fdr_arg_s64(l->inj, "nice"));
		}
	}
	return 0;
}

static int fdr_load_hire_sleepers(struct fdr_load *l, struct netlink_ext_ack *extack)
{
	unsigned int n = fdr_arg_u64(l->inj, "sleepers"), i;
	int err;

	l->sleepers = fdr_crew_new(n, fdr_load_sleep, l);
	if (!l->sleepers)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		err = fdr_crew_hire(l->sleepers, "fdr-sleep", -1);
		if (err)
			return fdr_refuse(extack, err,
					  "sleepers: only %u of %u kernel threads could be created (error %d): ask for fewer",
					  i, n, err);
	}
	return 0;
}

static int fdr_load_check(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	s64 nice = fdr_arg_s64(inj, "nice");

	if (!fdr_arg_u64(inj, "load") && !fdr_arg_u64(inj, "sleepers"))
		return fdr_refuse(extack, -EINVAL,
				  "load: 0, and no sleepers: give one of them, such as load=80%% or sleepers=20");
	if (nice > MAX_NICE || nice < MIN_NICE)
		return fdr_refuse(extack, -ERANGE, "nice: %lld is out of range; allowed: %d to %d",
				  nice, MIN_NICE, MAX_NICE);
	if (fdr_arg_given(inj, "nice") && fdr_arg_choice(inj, "policy") == FDR_LOAD_FIFO)
		return fdr_refuse(extack, -EINVAL,
				  "nice: policy fifo knows no nice value: leave one of them out");
	if (cpumask_empty(fdr_arg_cpus(inj, "cpus")))
		return fdr_refuse(extack, -EINVAL,
				  "cpus: names no CPU: give numbers such as 0-1,3, or all");
	return 0;
}

static int fdr_load_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	u64 share = fdr_arg_u64(inj, "load");
	struct fdr_load *l;
	int err;

	err = fdr_load_check(inj, extack);
	if (err)
		return err;
	l = kzalloc(sizeof(*l), GFP_KERNEL);
	if (!l)
		return -ENOMEM;
	l->inj = inj;
	init_waitqueue_head(&l->over);
	l->period_ns = fdr_arg_u64(inj, "period");
	l->busy_ns = div_u64(l->period_ns * share, 1000000);
	if (share)
		err = fdr_load_hire_loaders(l, extack);
	if (!err)
		err = fdr_load_hire_sleepers(l, extack);
	if (err) {
		fdr_load_free(l);
		return err;
	}
	fdr_set_priv(inj, l);
	return 0;
}

static int fdr_load_start(struct fdr_injection *inj)
{
	struct fdr_load *l = fdr_priv(inj);

	fdr_onset(inj);
	if (l->loaders)
		fdr_crew_go(l->loaders);
	fdr_crew_go(l->sleepers);
	return 0;
}

static void fdr_load_stop(struct fdr_injection *inj)
{
	struct fdr_load *l = fdr_priv(inj);

	wake_up_all(&l->over);
	fdr_crew_join(l->sleepers);
	if (l->loaders)
		fdr_crew_join(l->loaders);
}

static void fdr_load_release(struct fdr_injection *inj)
{
	fdr_load_free(fdr_priv(inj));
	fdr_set_priv(inj, NULL);
}

static void fdr_load_counters(struct fdr_injection *inj,
			      void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_load *l = fdr_priv(inj);

	emit(arg, "periods", atomic64_read(&l->periods));
	emit(arg, "busy_ns", atomic64_read(&l->spun_ns));
	emit(arg, "displaced", atomic_read(&l->displaced));
}

const struct fdr_fault_ops fdr_cpu_load_ops = {
	.prepare = fdr_load_prepare,
	.start = fdr_load_start,
	.stop = fdr_load_stop,
	.release = fdr_load_release,
	.counters = fdr_load_counters,
};
