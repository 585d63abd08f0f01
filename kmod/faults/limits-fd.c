// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process that cannot open any more files: its soft limit is lowered to what
 * it has open, so that open(), socket() and accept() fail with EMFILE.  What is
 * open stays open.
 *
 * The limit is one above the highest number that a new descriptor may get, so
 * what counts is the numbers that are free below it.
 */
#include <linux/fdtable.h>
#include <linux/pid.h>
#include <linux/resource.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "faults.h"
#include "task-select.h"

#define DEPTH_MAX	4096

struct fdr_fds {
	struct fdr_select sel;
	struct pid *tgid;		/* the process; its first thread may change by exec */
	u64 spare;
	u64 begin_ns;			/* as task->start_time: CLOCK_MONOTONIC */
	unsigned long before, lowered;	/* the limit */
	u64 kept, children;
};

/* Walks the open descriptors upwards until @spare free numbers have been passed. */
struct fdr_fd_walk {
	u64 spare, free;
	unsigned int next;		/* the number after the last one seen */
};

static int pass_one(const void *arg, struct file *file, unsigned int fd)
{
	struct fdr_fd_walk *w = (struct fdr_fd_walk *)arg;

	if (w->free + (fd - w->next) > w->spare)
		return 1;
	w->free += fd - w->next;
	w->next = fd + 1;
	return 0;
}

/* The limit that leaves @spare free numbers below it.  With the task locked. */
static u64 limit_for(struct task_struct *task, u64 spare)
{
	struct fdr_fd_walk w = { .spare = spare };

	if (task->files)
		iterate_fd(task->files, 0, pass_one, &w);
	return w.next + (spare - w.free);
}

static int take_task(struct task_struct *task, void *arg)
{
	struct fdr_fds *f = arg;

	if (f->tgid)
		return -ENOTUNIQ;
	f->tgid = get_pid(task_tgid(task));
	return 0;
}

static int check_room(struct fdr_fds *f, struct netlink_ext_ack *extack)
{
	struct task_struct *task = get_pid_task(f->tgid, PIDTYPE_TGID);
	unsigned long now;
	u64 limit;

	if (!task)
		return fdr_refuse(extack, -ESRCH, "the process has just ended");
	task_lock(task);
	now = task->signal->rlim[RLIMIT_NOFILE].rlim_cur;
	limit = limit_for(task, f->spare);
	task_unlock(task);
	put_task_struct(task);
	if (limit <= now)
		return 0;
	return fdr_refuse(extack, -ERANGE,
			  "spare: %llu more descriptors would need a limit of %llu, but the process's is %lu already: ask for fewer",
			  f->spare, limit, now);
}

static int fdr_fds_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_fds *f = kzalloc(sizeof(*f), GFP_KERNEL);
	int err;

	if (!f)
		return -ENOMEM;
	f->spare = fdr_arg_u64(inj, "spare");
	err = fdr_select_init(&f->sel, inj, 0, extack);
	if (err)
		goto err_free;
	err = fdr_select_each(&f->sel, false, take_task, f, NULL);
	if (err)
		err = fdr_refuse(extack, err,
				 "comm: more than one process is called '%s': choose one by its pid",
				 f->sel.comm);
	else if (!f->tgid)
		err = fdr_refuse(extack, -ESRCH, "the process has just ended");
	err = err ?: check_room(f, extack);
	if (err)
		goto err_put;
	fdr_set_priv(inj, f);
	return 0;

err_put:
	put_pid(f->tgid);
	fdr_select_exit(&f->sel);
err_free:
	kfree(f);
	return err;
}

/* The limit is the process's; two lowering it could not both put it back. */
static bool fdr_fds_clashes(const struct fdr_injection *inj, const struct fdr_injection *other)
{
	const struct fdr_fds *mine = fdr_priv(inj), *theirs;

	if (fdr_fault_of(other)->ops != &fdr_fd_exhaust_ops)
		return false;
	theirs = fdr_priv(other);
	return mine->tgid == theirs->tgid;
}

static int fdr_fds_start(struct fdr_injection *inj)
{
	struct fdr_fds *f = fdr_priv(inj);
	struct task_struct *task = get_pid_task(f->tgid, PIDTYPE_TGID);
	struct rlimit *rlim;
	int err = 0;

	if (!task)
		return fdr_fail(inj, -ESRCH, "the process ended before the start");
	rlim = &task->signal->rlim[RLIMIT_NOFILE];
	task_lock(task);
	if (task->files) {
		f->before = rlim->rlim_cur;
		f->lowered = min_t(u64, limit_for(task, f->spare), f->before);
		f->begin_ns = ktime_get_ns();
		fdr_onset(inj);
		WRITE_ONCE(rlim->rlim_cur, f->lowered);
	} else {
		err = fdr_fail(inj, -ESRCH, "the process ended before the start");
	}
	task_unlock(task);
	put_task_struct(task);
	return err;
}

/* As it was, unless the process has set a limit of its own meanwhile. */
static bool put_back(const struct fdr_fds *f, struct task_struct *task)
{
	struct rlimit *rlim = &task->signal->rlim[RLIMIT_NOFILE];
	bool ours;

	task_lock(task);
	ours = rlim->rlim_cur == f->lowered;
	if (ours)
		WRITE_ONCE(rlim->rlim_cur, min(f->before, rlim->rlim_max));
	task_unlock(task);
	return ours;
}

static bool descends_from(struct task_struct *task, const struct pid *tgid)
{
	unsigned int depth;

	for (depth = 0; depth < DEPTH_MAX && task_pid_nr(task); depth++) {
		task = rcu_dereference(task->real_parent)->group_leader;
		if (task_tgid(task) == tgid)
			return true;
	}
	return false;
}

static void fdr_fds_stop(struct fdr_injection *inj)
{
	struct fdr_fds *f = fdr_priv(inj);
	struct task_struct *task = get_pid_task(f->tgid, PIDTYPE_TGID);

	if (task) {
		f->kept += !put_back(f, task);
		put_task_struct(task);
	}
	/* A child that it has started meanwhile inherited the lowered limit. */
	rcu_read_lock();
	for_each_process(task) {
		if (task->start_time >= f->begin_ns && descends_from(task, f->tgid) &&
		    put_back(f, task))
			f->children++;
	}
	rcu_read_unlock();
}

static void fdr_fds_release(struct fdr_injection *inj)
{
	struct fdr_fds *f = fdr_priv(inj);

	fdr_set_priv(inj, NULL);
	put_pid(f->tgid);
	fdr_select_exit(&f->sel);
	kfree(f);
}

static void fdr_fds_counters(struct fdr_injection *inj,
			     void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_fds *f = fdr_priv(inj);

	emit(arg, "limit_before", f->before);
	emit(arg, "limit", f->lowered);
	emit(arg, "kept_by_process", f->kept);
	emit(arg, "children_restored", f->children);
}

const struct fdr_fault_ops fdr_fd_exhaust_ops = {
	.prepare = fdr_fds_prepare,
	.clashes = fdr_fds_clashes,
	.start = fdr_fds_start,
	.stop = fdr_fds_stop,
	.release = fdr_fds_release,
	.counters = fdr_fds_counters,
};
