/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which tasks a fault is for: its parameters pid, comm, cgroup and scope (those
 * that its row has).
 *
 * Without force these are refused, and spared if they turn up later: kernel
 * threads, process 1, the agent, and the process that asks with all its
 * ancestors.
 */
#ifndef FDR_TASK_SELECT_H
#define FDR_TASK_SELECT_H

#include <linux/cgroup.h>
#include <linux/pid.h>
#include <linux/sched.h>

#define FDR_SELECT_ANCESTORS	32

struct fdr_injection;
struct netlink_ext_ack;

enum fdr_scope {		/* in the order of the parameter's choices */
	FDR_SCOPE_PROCESS,
	FDR_SCOPE_THREAD,
	FDR_SCOPE_TREE,
};

struct fdr_select {
	struct pid *pid;		/* or */
	const char *comm;		/* or; the injection's */
	struct cgroup *cgroup;
	enum fdr_scope scope;
	bool force, kthreads;
	struct pid *asking[FDR_SELECT_ANCESTORS];	/* who asked, and its ancestors */
	unsigned int n_asking;
};

/* What to do with the parameters. */
#define FDR_SELECT_CGROUP	(1U << 0)	/* the row has cgroup and scope */
#define FDR_SELECT_KTHREADS	(1U << 1)	/* kernel threads too, with force */

/*
 * From the injection's parameters.  Refuses where they name nothing or nobody,
 * or what is protected.  For prepare(), in the requester's context.
 */
int fdr_select_init(struct fdr_select *sel, struct fdr_injection *inj, unsigned int flags,
		    struct netlink_ext_ack *extack);
void fdr_select_exit(struct fdr_select *sel);

/*
 * Call @fn for every chosen thread (@threads), or once a process with its first
 * thread.  @fn runs under RCU and must not sleep; anything but 0 ends it and is
 * returned.  *ret_spared, if not NULL, counts the protected ones left out.
 * Process context.
 */
int fdr_select_each(const struct fdr_select *sel, bool threads,
		    int (*fn)(struct task_struct *task, void *arg), void *arg,
		    unsigned int *ret_spared);

/* How many there are now.  Process context. */
unsigned int fdr_select_count(const struct fdr_select *sel, bool threads);

#endif /* FDR_TASK_SELECT_H */
