// SPDX-License-Identifier: GPL-2.0-only
/*
 * No more processes or threads: kernel threads that sleep take all that the
 * node's limits (kernel.threads-max, kernel.pid_max) leave, but for a reserve.
 * They add no load.  As tasks of others end, more are added.
 *
 * The limits themselves are not touched: what runs into them by a setting that
 * is too low, process 1 first of all, does not come back.  Undoing needs no new
 * task: the injection's own thread is there already.
 */
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>

#include "faults.h"
#include "knob.h"

#define AGAIN_NS	(100 * (u64)NSEC_PER_MSEC)
#define SLACK		1024		/* room for tasks that end meanwhile */
#define RESERVED_PIDS	300		/* used once, at boot */
/* A sleeping kernel thread: its stack, its task and what goes with it. */
#define THREAD_COST	(THREAD_SIZE + 16384)

struct fdr_pids {
	u64 reserve;
	u64 threads_max, pid_max;
	struct task_struct **tasks;
	unsigned int n, capacity;
	bool go;
	bool full;			/* the reserve has been reached */
	u64 refused;			/* creations that the kernel refused */
};

static int sit(void *arg)
{
	struct fdr_pids *p = arg;

	for (;;) {
		set_current_state(TASK_IDLE);
		if (READ_ONCE(p->go) || kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int read_limit(const char *path, u64 *ret)
{
	int value, err = fdr_knob_read(path, &value);

	if (!err)
		*ret = value;
	return err;
}

static int read_limits(struct fdr_pids *p, struct netlink_ext_ack *extack)
{
	int err = read_limit("/proc/sys/kernel/threads-max", &p->threads_max);

	err = err ?: read_limit("/proc/sys/kernel/pid_max", &p->pid_max);
	if (err)
		return fdr_refuse(extack, err,
				  "the node's limits cannot be read from /proc/sys/kernel (error %d): mount /proc",
				  err);
	return 0;
}

/* How many tasks can still be created, by the limits as they were read. */
static u64 room(const struct fdr_pids *p)
{
	struct task_struct *leader, *task;
	u64 threads = 0, high = 0, a, b;

	rcu_read_lock();
	for_each_process(leader) {
		for_each_thread(leader, task) {
			threads++;
			high += task_pid_nr(task) >= RESERVED_PIDS;
		}
	}
	rcu_read_unlock();
	a = p->threads_max > threads ? p->threads_max - threads : 0;
	b = p->pid_max > RESERVED_PIDS + high ? p->pid_max - RESERVED_PIDS - high : 0;
	return min(a, b);
}

static int check_need(const struct fdr_pids *p, u64 have, u64 limit,
		      struct netlink_ext_ack *extack)
{
	u64 need, mib;

	if (have <= p->reserve)
		return fdr_refuse(extack, -ERANGE,
				  "reserve: %llu is no less than the %llu tasks that can be created now: ask for less",
				  p->reserve, have);
	need = have - p->reserve;
	if (need > limit)
		return fdr_refuse(extack, -ERANGE,
				  "limit: %llu kernel threads would be needed, more than %llu: raise limit, or lower kernel.threads-max for the drill",
				  need, limit);
	mib = need * THREAD_COST >> 20;
	if (mib > (u64)si_mem_available() >> (21 - PAGE_SHIFT))
		return fdr_refuse(extack, -ENOMEM,
				  "%llu kernel threads would be needed, some %llu MiB, more than half of the available memory: lower kernel.threads-max for the drill",
				  need, mib);
	return 0;
}

static int fdr_pids_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_pids *p = kzalloc(sizeof(*p), GFP_KERNEL);
	u64 have;
	int err;

	if (!p)
		return -ENOMEM;
	p->reserve = fdr_arg_u64(inj, "reserve");
	err = read_limits(p, extack);
	if (err)
		goto err_free;
	have = room(p);
	err = check_need(p, have, fdr_arg_u64(inj, "limit"), extack);
	if (err)
		goto err_free;
	p->capacity = have - p->reserve + SLACK;
	p->tasks = kvcalloc(p->capacity, sizeof(*p->tasks), GFP_KERNEL);
	err = -ENOMEM;
	if (!p->tasks)
		goto err_free;
	fdr_set_priv(inj, p);
	return 0;

err_free:
	kfree(p);
	return err;
}

static int add_one(struct fdr_pids *p)
{
	struct task_struct *task = kthread_create(sit, p, "fdr-pid/%u", p->n);

	if (IS_ERR(task))
		return PTR_ERR(task);
	p->tasks[p->n++] = get_task_struct(task);
	/* Until it has run once it sleeps in state D, and would count as load. */
	wake_up_process(task);
	return 0;
}

static void drop_one(struct fdr_pids *p)
{
	struct task_struct *task = p->tasks[--p->n];

	kthread_stop(task);
	put_task_struct(task);
}

/* Take all but the reserve.  True if that is reached. */
static bool fill(struct fdr_injection *inj, struct fdr_pids *p)
{
	u64 have = room(p), i;

	while (have > p->reserve) {
		if (fdr_should_stop(inj) || p->n == p->capacity)
			return false;
		if (add_one(p)) {
			/* Some limit is nearer than it seemed: keep the reserve below that. */
			p->refused++;
			for (i = 0; i < p->reserve && p->n; i++)
				drop_one(p);
			return true;
		}
		have--;
	}
	return true;
}

static int fdr_pids_start(struct fdr_injection *inj)
{
	struct fdr_pids *p = fdr_priv(inj);

	fdr_onset(inj);
	p->full = fill(inj, p);
	if (!p->n && !fdr_should_stop(inj))
		return fdr_fail(inj, -EAGAIN, "no kernel thread could be created: nothing was left to take");
	if (p->full)
		fdr_first_hit(inj);
	while (!fdr_should_stop(inj)) {
		fdr_wait(inj, AGAIN_NS);
		/* Once it has been reached by refusal, counting would overshoot each time. */
		if (!p->refused && !fdr_should_stop(inj))
			fill(inj, p);
	}
	return 0;
}

static void fdr_pids_stop(struct fdr_injection *inj)
{
	struct fdr_pids *p = fdr_priv(inj);
	unsigned int i;

	WRITE_ONCE(p->go, true);
	for (i = 0; i < p->n; i++)
		wake_up_process(p->tasks[i]);
	while (p->n)
		drop_one(p);
}

static void fdr_pids_release(struct fdr_injection *inj)
{
	struct fdr_pids *p = fdr_priv(inj);

	fdr_set_priv(inj, NULL);
	kvfree(p->tasks);
	kfree(p);
}

static void fdr_pids_counters(struct fdr_injection *inj,
			      void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_pids *p = fdr_priv(inj);

	emit(arg, "threads", READ_ONCE(p->n));
	emit(arg, "full", p->full);
	emit(arg, "refused", p->refused);
}

const struct fdr_fault_ops fdr_pid_exhaust_ops = {
	.prepare = fdr_pids_prepare,
	.start = fdr_pids_start,
	.stop = fdr_pids_stop,
	.release = fdr_pids_release,
	.counters = fdr_pids_counters,
};
