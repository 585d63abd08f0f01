// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cgroup.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "faults.h"
#include "task-select.h"

/* The agent's name as the kernel keeps it: the first 15 characters. */
#define AGENT_COMM	"faultdrill-agen"

/* No tree of processes is deeper; a bound where it changes while we climb. */
#define DEPTH_MAX	4096

static struct task_struct *parent_of(const struct task_struct *task)
{
	return rcu_dereference(task->real_parent)->group_leader;
}

/* Who asks, and up from there to process 1: they carry the drill. */
static void remember_asking(struct fdr_select *sel)
{
	struct task_struct *task;

	rcu_read_lock();
	for (task = current->group_leader;
	     sel->n_asking < FDR_SELECT_ANCESTORS && task_pid_nr(task) > 1; task = parent_of(task))
		sel->asking[sel->n_asking++] = get_pid(task_pid(task));
	rcu_read_unlock();
}

/* Why this process must be left alone, or NULL. */
static const char *protection(const struct fdr_select *sel, struct task_struct *leader)
{
	unsigned int i;

	if (leader->flags & PF_KTHREAD)
		return "is a kernel thread";
	if (is_global_init(leader))
		return "is process 1, without which the node dies";
	if (!strncmp(leader->comm, AGENT_COMM, TASK_COMM_LEN))
		return "is the agent of faultdrill";
	for (i = 0; i < sel->n_asking; i++) {
		if (task_pid(leader) == sel->asking[i])
			return i ? "started the process that asks for this" : "asks for this";
	}
	return NULL;
}

static bool names(const struct fdr_select *sel, struct task_struct *leader)
{
	struct task_struct *task;

	if (sel->pid) {		/* of any of its threads */
		task = pid_task(sel->pid, PIDTYPE_PID);
		return task && task->group_leader == leader;
	}
	if (sel->cgroup)
		return task_under_cgroup_hierarchy(leader, sel->cgroup);
	return !strncmp(leader->comm, sel->comm, TASK_COMM_LEN);
}

static bool chosen(const struct fdr_select *sel, struct task_struct *leader)
{
	unsigned int depth;

	/* A zombie runs no more, and gets no signal. */
	if (leader->exit_state && thread_group_empty(leader))
		return false;
	if (names(sel, leader))
		return true;
	if (sel->scope != FDR_SCOPE_TREE)
		return false;
	for (depth = 0; depth < DEPTH_MAX && task_pid_nr(leader) > 1; depth++) {
		leader = parent_of(leader);
		if (task_pid_nr(leader) && names(sel, leader))
			return true;
	}
	return false;
}

static int each_thread(struct task_struct *leader, int (*fn)(struct task_struct *task, void *arg),
		       void *arg)
{
	struct task_struct *task;
	int ret;

	for_each_thread(leader, task) {
		ret = fn(task, arg);
		if (ret)
			return ret;
	}
	return 0;
}

static bool spared(const struct fdr_select *sel, struct task_struct *leader)
{
	if (leader->flags & PF_KTHREAD && !sel->kthreads)
		return true;
	return !sel->force && protection(sel, leader);
}

static int one_thread(const struct fdr_select *sel, int (*fn)(struct task_struct *task, void *arg),
		      void *arg, unsigned int *spared_n)
{
	struct task_struct *task = pid_task(sel->pid, PIDTYPE_PID);

	if (!task)
		return 0;
	if (spared(sel, task->group_leader)) {
		++*spared_n;
		return 0;
	}
	return fn(task, arg);
}

int fdr_select_each(const struct fdr_select *sel, bool threads,
		    int (*fn)(struct task_struct *task, void *arg), void *arg,
		    unsigned int *ret_spared)
{
	unsigned int spared_n = 0;
	struct task_struct *leader;
	int ret = 0;

	rcu_read_lock();
	if (sel->scope == FDR_SCOPE_THREAD) {
		ret = one_thread(sel, fn, arg, &spared_n);
		goto out;
	}
	for_each_process(leader) {
		if (!chosen(sel, leader))
			continue;
		if (spared(sel, leader)) {
			spared_n++;
			continue;
		}
		ret = threads ? each_thread(leader, fn, arg) : fn(leader, arg);
		if (ret)
			break;
	}
out:
	rcu_read_unlock();
	if (ret_spared)
		*ret_spared = spared_n;
	return ret;
}

static int count_one(struct task_struct *task, void *arg)
{
	++*(unsigned int *)arg;
	return 0;
}

unsigned int fdr_select_count(const struct fdr_select *sel, bool threads)
{
	unsigned int n = 0;

	fdr_select_each(sel, threads, count_one, &n, NULL);
	return n;
}

/* The first of the chosen that must be left alone: refuse, and name it. */
static int check_protected(const struct fdr_select *sel, struct netlink_ext_ack *extack)
{
	const char *why = NULL;
	struct task_struct *leader;
	char comm[TASK_COMM_LEN];
	unsigned int n = 0;
	int pid = 0;

	rcu_read_lock();
	for_each_process(leader) {
		if (!chosen(sel, leader))
			continue;
		n++;
		if (!spared(sel, leader))
			continue;
		why = protection(sel, leader);
		pid = task_pid_nr(leader);
		strscpy(comm, leader->comm, sizeof(comm));
		break;
	}
	rcu_read_unlock();
	if (why)
		return fdr_refuse(extack, -EPERM, "process %d (%s) %s: choose another%s", pid, comm,
				  why, sel->force ? "" : ", or force it");
	if (!n)
		return fdr_refuse(extack, -ESRCH, "%s: no such process is there now",
				  sel->pid ? "pid" : sel->cgroup ? "cgroup" : "comm");
	return 0;
}

static int set_pid(struct fdr_select *sel, u64 nr, struct netlink_ext_ack *extack)
{
	struct task_struct *task;

	rcu_read_lock();
	sel->pid = get_pid(find_pid_ns(nr, &init_pid_ns));
	task = sel->pid ? pid_task(sel->pid, PIDTYPE_PID) : NULL;
	if (!task || task->exit_state) {
		rcu_read_unlock();
		return fdr_refuse(extack, -ESRCH, "pid: there is no process %llu%s", nr,
				  task ? ": it has ended and waits for its parent" : "");
	}
	rcu_read_unlock();
	return 0;
}

static int set_comm(struct fdr_select *sel, const char *comm, struct netlink_ext_ack *extack)
{
	if (!*comm || strlen(comm) >= TASK_COMM_LEN)
		return fdr_refuse(extack, -EINVAL,
				  "comm: '%.64s' is no process's name: give the 1 to %d characters that /proc/PID/comm shows",
				  comm, TASK_COMM_LEN - 1);
	sel->comm = comm;
	return 0;
}

static int set_cgroup(struct fdr_select *sel, const char *path, struct netlink_ext_ack *extack)
{
	struct cgroup *cgroup = cgroup_get_from_path(path);

	if (IS_ERR(cgroup))
		return fdr_refuse(extack, PTR_ERR(cgroup),
				  "cgroup: there is no control group '%.128s' in the hierarchy of version 2 (error %ld): give its path from there, as in /proc/PID/cgroup after '0::'",
				  path, PTR_ERR(cgroup));
	sel->cgroup = cgroup;
	return 0;
}

static int from_args(struct fdr_select *sel, struct fdr_injection *inj, unsigned int flags,
		     struct netlink_ext_ack *extack)
{
	const char *comm = fdr_arg_str(inj, "comm"), *path = NULL;
	bool pid = fdr_arg_given(inj, "pid");

	if (flags & FDR_SELECT_CGROUP) {
		path = fdr_arg_str(inj, "cgroup");
		sel->scope = fdr_arg_choice(inj, "scope");
	}
	if (pid + !!comm + !!path != 1)
		return fdr_refuse(extack, -EINVAL, "say who it is for: give one of pid, comm%s",
				  flags & FDR_SELECT_CGROUP ? " and cgroup" : "");
	if (sel->scope == FDR_SCOPE_THREAD && !pid)
		return fdr_refuse(extack, -EINVAL,
				  "scope: 'thread' means the one that pid names: give pid, or another scope");
	if (pid)
		return set_pid(sel, fdr_arg_u64(inj, "pid"), extack);
	if (comm)
		return set_comm(sel, comm, extack);
	return set_cgroup(sel, path, extack);
}

int fdr_select_init(struct fdr_select *sel, struct fdr_injection *inj, unsigned int flags,
		    struct netlink_ext_ack *extack)
{
	int err;

	memset(sel, 0, sizeof(*sel));
	sel->force = fdr_arg_force(inj);
	sel->kthreads = sel->force && flags & FDR_SELECT_KTHREADS;
	remember_asking(sel);
	err = from_args(sel, inj, flags, extack);
	err = err ?: check_protected(sel, extack);
	if (err)
		fdr_select_exit(sel);
	return err;
}

void fdr_select_exit(struct fdr_select *sel)
{
	put_pid(sel->pid);
	if (sel->cgroup)
		cgroup_put(sel->cgroup);
	while (sel->n_asking)
		put_pid(sel->asking[--sel->n_asking]);
	sel->pid = NULL;
	sel->cgroup = NULL;
}
