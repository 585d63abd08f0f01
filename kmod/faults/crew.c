// SPDX-License-Identifier: GPL-2.0-only
/* Kernel threads that wait for their start together. */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "crew.h"

static int fdr_crew_member(void *arg)
{
	struct fdr_crew *crew = arg;

	wait_event_idle(crew->wait, READ_ONCE(crew->go) || kthread_should_stop());
	if (READ_ONCE(crew->go))
		crew->work(crew->arg);
	return 0;
}

struct fdr_crew *fdr_crew_new(unsigned int max, void (*work)(void *arg), void *arg)
{
	struct fdr_crew *crew;

	crew = kzalloc(struct_size(crew, tasks, max), GFP_KERNEL);
	if (!crew)
		return NULL;
	crew->work = work;
	crew->arg = arg;
	init_waitqueue_head(&crew->wait);
	return crew;
}

int fdr_crew_hire(struct fdr_crew *crew, const char *name, int cpu)
{
	struct task_struct *task;

	task = kthread_create(fdr_crew_member, crew, "%s/%u", name,
			      cpu < 0 ? crew->n : (unsigned int)cpu);
	if (IS_ERR(task))
		return PTR_ERR(task);
	if (cpu >= 0)
		kthread_bind(task, cpu);
	/* It may be gone before it is joined: by itself, or killed by an oops. */
	get_task_struct(task);
	crew->tasks[crew->n++] = task;
	wake_up_process(task);
	return 0;
}

void fdr_crew_go(struct fdr_crew *crew)
{
	WRITE_ONCE(crew->go, true);
	wake_up_all(&crew->wait);
}

void fdr_crew_join(struct fdr_crew *crew)
{
	while (crew->n) {
		struct task_struct *task = crew->tasks[--crew->n];

		kthread_stop(task);
		put_task_struct(task);
	}
}

void fdr_crew_free(struct fdr_crew *crew)
{
	if (!crew)
		return;
	fdr_crew_join(crew);
	kfree(crew);
}
