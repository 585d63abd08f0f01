// SPDX-License-Identifier: GPL-2.0-only
/* Where the node itself lives, whoever asks and from what namespace. */
#include <linux/fs_struct.h>
#include <linux/path.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "node-root.h"

void fdr_node_root(struct path *ret_root)
{
	struct task_struct *init;

	*ret_root = (struct path){ };
	rcu_read_lock();
	init = pid_task(find_pid_ns(1, &init_pid_ns), PIDTYPE_PID);
	if (init)
		get_task_struct(init);
	rcu_read_unlock();
	if (!init)
		return;
	task_lock(init);
	if (init->fs)
		get_fs_root(init->fs, ret_root);
	task_unlock(init);
	put_task_struct(init);
}
